import type {
  DBEngineVersion,
  DBEngineVersionMessage,
  DescribeDBEngineVersionsMessage,
} from '@aws-sdk/client-rds';
import { describePage } from './describe-page.ts';
import { invalidCombination, invalidValue } from './errors.ts';

/** The only engine: what stands behind an instance is PostgreSQL. Oldest first, as RDS lists them. */
const versions = ['16.8', '17.4', '17.6', '18.1'] as const;

export const certificateAuthority = 'rds-ca-rsa2048-g1';

export const parameterGroupFamilies: readonly string[] = ['postgres16', 'postgres17', 'postgres18'];

/** The full version for `17`, `17.4`, or nothing; RDS's own error for one that it does not have. */
export function resolveVersion(engine: string, asked: string | undefined): string {
  if (engine !== 'postgres') throw invalidValue(`Invalid DB engine: ${engine}`);
  if (!asked) return '17.6';
  const matching = versions.filter((version) => version === asked || version.startsWith(`${asked}.`));
  const latest = matching.at(-1);
  if (!latest) throw invalidCombination(`Cannot find version ${asked} for postgres`);
  return latest;
}

export function familyOf(version: string): string {
  return `postgres${version.split('.')[0]}`;
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
    SupportedCACertificateIdentifiers: [certificateAuthority],
    SupportsCertificateRotationWithoutRestart: true,
  };
}
