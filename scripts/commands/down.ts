import { attachControl } from '../../provisioning/control.ts';
import { isAlive, readStackFile, removeStackFile } from '../stack-file.ts';

export async function down(): Promise<number> {
  const descriptor = readStackFile();
  if (!descriptor) {
    console.error('no stack is up');
    return 0;
  }
  if (descriptor.control && (await isAlive(descriptor))) await attachControl(descriptor.control).down();
  removeStackFile();
  console.error(`the stack "${descriptor.id}" is down`);
  return 0;
}
