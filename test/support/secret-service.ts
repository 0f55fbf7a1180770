/** A real Secret Service for a test: gnome-keyring on a message bus of its own, with a keyring that is thrown away. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

export interface SecretService {
  /** What a program must see to find it. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Undefined where Debian's packages dbus and gnome-keyring are not installed. */
export async function startSecretService(folder: string): Promise<SecretService | undefined> {
  const programs = ['dbus-daemon', 'gnome-keyring-daemon'];
  if (programs.some((program) => spawnSync(program, ['--version']).error !== undefined)) return undefined;
  const runtime = path.join(folder, 'runtime');
  for (const name of [runtime, path.join(folder, 'data')]) mkdirSync(name, { recursive: true, mode: 0o700 });
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [address] = (await once(bus.stdout, 'data')) as [Buffer];
  const environment = { DBUS_SESSION_BUS_ADDRESS: address.toString().trim(), XDG_RUNTIME_DIR: runtime };
  // It goes into the background when it is there, and ends with its bus.
  const { status } = spawnSync('gnome-keyring-daemon', ['--unlock', '--components=secrets'], {
    input: 'password of the test',
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: path.join(folder, 'data'), ...environment },
  });
  if (status !== 0) throw new Error(`gnome-keyring-daemon ended with ${status}`);
  return {
    environment,
    stop: async () => {
      const exited = once(bus, 'exit');
      bus.kill('SIGTERM');
      await exited;
    },
  };
}
