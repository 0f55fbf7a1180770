import { text } from 'node:stream/consumers';
import { BaseCommand } from '../../src/cli/command.ts';
import { print } from '../../src/cli/output.ts';
import { orderSchema, READY } from '../scans/order.ts';
import { watchOver } from '../scans/watchdog.ts';

/** What a server starts for each scan: docs/registry.md says why. */
export default class ScanWorker extends BaseCommand {
  static override summary = 'Scan one bundle, as a server asks on stdin.';
  static override hidden = true;
  static override enableJsonFlag = false;

  override async run(): Promise<void> {
    const order = orderSchema.parse(JSON.parse(await text(process.stdin)));
    watchOver(order);
    const { judgeBundle } = await import('../scans/judge.ts');
    const answer = await judgeBundle(order, this.config.version, () => print(READY));
    print(JSON.stringify(answer));
  }
}
