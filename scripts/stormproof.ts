#!/usr/bin/env node
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `stormproof needs Node 24 or newer, got ${process.versions.node}: run it through npm (npm start, npx stormproof), which brings its own`,
  );
  process.exit(2);
}
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
// Whatever still holds the event loop (an SDK's socket pool) is not worth waiting for: all that is owned was closed.
process.exit();
