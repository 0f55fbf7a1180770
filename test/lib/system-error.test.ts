import Database from 'better-sqlite3';
import { expect } from 'chai';
import { systemError } from '../../src/lib/system-error.ts';

describe('an error of the system', () => {
  const error = (code: string, message = code) =>
    Object.assign(new Error(message), { code, path: '/home/x' });

  it('is told in words, with the path', () => {
    expect(systemError(error('EROFS'))).to.include({
      code: 'IO_FAILED',
      message: '/home/x could not be used: the file system is read-only.',
    });
    expect(systemError(error('EEXIST'))?.message).to.include('in the way');
  });

  it('is known by its words where Node gives it an empty code', () => {
    const removing = error('', ", Unknown error: Read-only file system '/home/x'");
    expect(systemError(removing)?.message).to.equal(
      '/home/x could not be used: the file system is read-only.',
    );
    expect(systemError(error('', 'Unknown error: something else'))).to.equal(undefined);
  });

  it('says that an index is damaged when it lacks a table', () => {
    const db = new Database(':memory:');
    const reading = (sql: string) => {
      try {
        db.prepare(sql);
      } catch (error) {
        return systemError(error);
      }
      return undefined;
    };
    expect(reading('SELECT bytes FROM facets')).to.include({ code: 'INDEX_UNREADABLE' });
    expect(reading('SELECT bytes FROM sqlite_schema')).to.include({ code: 'INDEX_UNREADABLE' });
    expect(reading('SELECT FROM WHERE')).to.equal(undefined);
    db.close();
  });

  it('is none when its code is no system’s', () => {
    expect(systemError(error('ERR_ASSERTION'))).to.equal(undefined);
    expect(systemError(new Error('no code'))).to.equal(undefined);
  });
});
