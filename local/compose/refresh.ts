import { debuglog } from 'node:util';

/** Many changes in one turn of the event loop become one application of the whole configuration. */
export function createRefresh(apply: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      try {
        apply();
      } catch (error) {
        // A configuration that a plane refuses leaves the last good one in force, as AWS does.
        log('cannot apply a configuration: %o', error);
        process.stderr.write(
          `Cannot apply a configuration: ${error instanceof Error ? error.message : error}\n`,
        );
      }
    });
  };
}

const log = debuglog('stormproof:compose');
