import type {
  DBEngineVersion,
  DBEngineVersionMessage,
  DescribeDBEngineVersionsMessage,
  ModifyDBInstanceMessage,
} from '@aws-sdk/client-rds';
import { describePage } from './describe-page.ts';
import { invalidCombination, invalidValue } from './errors.ts';

/**
 * Of the one major version that stands behind an instance, up to the one that `select version()` says; oldest first,
 * as RDS lists them. An instance of an older one runs the same binary: a minor upgrade changes the name alone.
 */
const versions: readonly string[] = ['18.1', '18.2', '18.3', '18.4'];

/** What CreateDBInstance takes when it is told nothing. */
export const defaultVersion = '18.4';

export const certificateAuthority = 'rds-ca-rsa2048-g1';

export const parameterGroupFamilies: readonly string[] = ['postgres18'];

/** The full version for `18`, `18.4`, or nothing; RDS's own error for one that it does not have. */
export function resolveVersion(engine: string, asked: string | undefined): string {
  if (engine !== 'postgres') throw invalidValue(`Invalid DB engine: ${engine}`);
  if (!asked) return defaultVersion;
  const matching = versions.filter((version) => version === asked || version.startsWith(`${asked}.`));
  const latest = matching.at(-1);
  if (!latest) throw invalidCombination(`Cannot find version ${asked} for postgres`);
  return latest;
}

export function familyOf(version: string): string {
  return `postgres${version.split('.')[0]}`;
}

/** The version that an instance is to have after ModifyDBInstance; undefined where that names none. */
export function upgradeTarget(
  current: string,
  { EngineVersion, AllowMajorVersionUpgrade }: ModifyDBInstanceMessage,
): string | undefined {
  if (EngineVersion === undefined || EngineVersion === current) return EngineVersion;
  if (Number.parseInt(EngineVersion, 10) > Number.parseInt(current, 10) && !AllowMajorVersionUpgrade)
    throw invalidCombination(
      'The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.',
    );
  const target = resolveVersion('postgres', EngineVersion);
  if (target !== current && !targetsOf(current).includes(target))
    throw invalidCombination(`Cannot upgrade postgres from ${current} to ${target}`);
  return target;
}

export function newestMinor(version: string): string {
  return targetsOf(version).at(-1) ?? version;
}

function targetsOf(version: string): readonly string[] {
  const from = versions.indexOf(version);
  return versions.slice(from + 1).filter((candidate) => familyOf(candidate) === familyOf(version));
}

export function engineVersionHandlers() {
  return {
    DescribeDBEngineVersions: (input: DescribeDBEngineVersionsMessage): DBEngineVersionMessage => {
      const matching = versions
        .map(describeVersion)
        .filter(
          ({ Engine, EngineVersion = '', DBParameterGroupFamily }) =>
            (!input.Engine || input.Engine === Engine) &&
            (!input.EngineVersion || `${EngineVersion}.`.startsWith(`${input.EngineVersion}.`)) &&
            (!input.DBParameterGroupFamily || input.DBParameterGroupFamily === DBParameterGroupFamily) &&
            (!input.DefaultOnly || EngineVersion === resolveVersion('postgres', undefined)),
        );
      const page = describePage(matching, input, ({ EngineVersion = '' }) => EngineVersion);
      return { DBEngineVersions: page.items, Marker: page.Marker };
    },
  };
}

function describeVersion(version: string): DBEngineVersion {
  return {
    Engine: 'postgres',
    MajorEngineVersion: version.split('.')[0],
    EngineVersion: version,
    DBParameterGroupFamily: familyOf(version),
    DBEngineDescription: 'PostgreSQL',
    DBEngineVersionDescription: `PostgreSQL ${version}-R1`,
    Status: 'available',
    ValidUpgradeTarget: targetsOf(version).map((target) => ({
      Engine: 'postgres',
      EngineVersion: target,
      Description: `PostgreSQL ${target}-R1`,
      AutoUpgrade: false,
      IsMajorVersionUpgrade: false,
    })),
    SupportedCACertificateIdentifiers: [certificateAuthority],
    SupportsCertificateRotationWithoutRestart: true,
  };
}
