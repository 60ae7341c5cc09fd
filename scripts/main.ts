import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { DeploymentError } from '../provisioning/deployment/read.ts';
import { StackError } from '../provisioning/stack-error.ts';
import type { LayerName } from '../reports/report.ts';
import { layerNames } from '../reports/report.ts';
import { exitCodes } from '../reports/verdict.ts';
import { Interrupted } from './interrupt.ts';
import { inRepository } from './repository.ts';
import { UsageError } from './usage-error.ts';

/** Arguments → command → exit code (documented in the README; design §5). Commands load only when they are called. */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOfError(error);
  }
}

function createProgram(finish: (exitCode: number) => void): Command {
  const program = new Command('stormproof')
    .description('Stands a deployment up, breaks it, and says whether it conforms')
    .version('0.1.0')
    .exitOverride()
    .showHelpAfterError();
  const command = (name: string, description: string) =>
    program.command(name).description(description).exitOverride();

  withRun(command('run', 'Run the requirements on a stack left by "up", or on one of its own'))
    .option('--dry-run', 'show the plan, as "plan" does, and touch nothing')
    .option('--recover', 'first take off what killed runs left on this stack, instead of refusing')
    .option(
      '--shards <count>',
      'from how many pods load comes that may come from pods; 1: from this machine',
      count,
      1,
    )
    .addOption(jsonOption('print report.json on stdout'))
    .action(async (options) => finish(await (await import('./commands/run.ts')).run(options)));
  withRun(
    command('plan', 'Show what "run" would do: targets, faults, blast radius, duration; touches nothing'),
  )
    .addOption(jsonOption('print it as JSON'))
    .action(async (options) => finish(await (await import('./commands/plan.ts')).plan(options)));
  command('stop', 'End a run from another terminal: everything is taken off, then it returns')
    .argument('[directory]', 'the run’s directory', 'reports/out/latest')
    .action(async (directory) => finish(await (await import('./commands/stop.ts')).stop(directory)));
  command('sweep', 'Remove what runs that are not alive created and left')
    .option('--dry-run', 'only list it')
    .action(async (options) => finish(await (await import('./commands/sweep.ts')).sweep(options)));
  withStack(command('up', 'Stand a stack up and leave it running'))
    .addOption(jsonOption('print the stack descriptor on stdout'))
    .action(async (options) => finish(await (await import('./commands/up.ts')).up(options)));
  command('down', 'Take the stack down that "up" left').action(async () =>
    finish(await (await import('./commands/down.ts')).down()),
  );
  command('status', 'Say whether a stack is up, and whether anything is left injected')
    .addOption(jsonOption('print it as JSON'))
    .action(async (options) => finish(await (await import('./commands/status.ts')).status(options)));
  command('env', 'Print what aws, kubectl, psql, dig and curl need to reach the stack')
    .addOption(jsonOption('print it as JSON'))
    .action(async (options) => finish(await (await import('./commands/env.ts')).env(options)));
  command('list', 'List the requirements and their mutants')
    .addOption(jsonOption('print them as JSON'))
    .action(async (options) => finish(await (await import('./commands/list.ts')).list(options)));
  command(
    'faults',
    'List the faults, their blast radius and limits, and which of them the stack of "up" cannot do',
  )
    .addOption(jsonOption('print them as JSON'))
    .action(async (options) => finish(await (await import('./commands/faults.ts')).faults(options)));
  command('report', 'Render a run again from its journal, also one that was killed')
    .argument('[directory]', 'the run’s directory', 'reports/out/latest')
    .addOption(jsonOption('print report.json on stdout'))
    .action(async (directory, options) =>
      finish(await (await import('./commands/report.ts')).report(directory, options)),
    );
  command('recover', 'Take off whatever a killed run left injected; safe to run at any time')
    .argument('[directory]', 'the run’s directory', 'reports/out/latest')
    .action(async (directory) => finish(await (await import('./commands/recover.ts')).recover(directory)));
  command('doctor', 'Say what this machine can and cannot do, and what was left behind').action(async () =>
    finish(await (await import('./commands/doctor.ts')).doctor()),
  );
  withStack(command('selftest', 'Prove that every requirement fails on its mutants'))
    .option('--only <ids>', 'requirement IDs or areas, comma separated', list)
    .option('--sample <count>', 'only so many mutants, drawn by the seed', whole)
    .action(async (options) => finish(await (await import('./commands/selftest.ts')).selftest(options)));
  command('schema', 'Print the JSON Schema of the deployment file').action(async () =>
    finish(await (await import('./commands/schema.ts')).schema()),
  );
  return program;
}

/** What every command that may stand a stack up takes. */
function withStack(command: Command): Command {
  return command
    .addOption(new Option('--stack <preset>', 'where it runs').choices(['embedded']).default('embedded'))
    .option(
      '--deployment <file>',
      'the deployment file',
      inRepository('provisioning/deployments/artifacthub.yaml'),
    )
    .option('--speed <factor>', 'how many times faster durations run', positive, 10)
    .option('--seed <number>', 'seed of names and schedules', whole);
}

/** What decides which requirements run. */
function withRun(command: Command): Command {
  return withStack(command)
    .option('--only <ids>', 'requirement IDs or areas, comma separated (RDS-2,TLS)', list)
    .option(
      '--allow-disruption <layers>',
      `layers that may be disrupted, comma separated, "all" or "none": ${layerNames.join(', ')} (default: all on a local stack, none elsewhere)`,
      layers,
    )
    .option(
      '--allow-production',
      'disrupt them also where the deployment file says "environment: production"',
    );
}

function jsonOption(description: string): Option {
  return new Option('--json', description);
}

function list(value: string): readonly string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

function layers(value: string): readonly LayerName[] {
  if (value === 'all') return layerNames;
  if (value === 'none') return [];
  return list(value).map((name) => {
    const known = layerNames.find((layer) => layer === name);
    if (!known)
      throw new InvalidArgumentError(`expected layers of ${layerNames.join(', ')}, "all" or "none"`);
    return known;
  });
}

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0 && Number.isFinite(number))) throw new InvalidArgumentError('expected a number above 0');
  return number;
}

function whole(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('expected a whole number from 0');
  return number;
}

function count(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('expected a whole number from 1');
  return number;
}

function exitCodeOfError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof DeploymentError || error instanceof UsageError) {
    console.error(error.message);
    return exitCodes.usage;
  }
  if (error instanceof Interrupted) {
    console.error(error.message);
    return exitCodes.aborted;
  }
  if (error instanceof StackError) {
    console.error(error.message);
    return exitCodes.stackFailed;
  }
  console.error(error instanceof Error ? error.stack : error);
  return exitCodes.harnessFailed;
}
