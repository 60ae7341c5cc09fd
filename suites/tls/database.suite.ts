import { rootCertificates } from 'node:tls';
import { databaseParameterMutant } from '../../fixtures/mutants/database-parameter.ts';
import { withEnvironment, workloadMutant } from '../../fixtures/mutants/workload.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import { askForTls } from '../../fixtures/probes/postgres-greeting.ts';
import type { Login } from '../../fixtures/probes/sql-login.ts';
import { tryLogin } from '../../fixtures/probes/sql-login.ts';
import { handshake } from '../../fixtures/probes/tls.ts';
import { workloadVariable } from '../../fixtures/probes/workload-variable.ts';
import { requirement } from '../../fixtures/requirement.ts';
import type { Session } from '../../fixtures/session.ts';

/** Some public authority: none signs a database's certificate. */
const [foreignCa = ''] = rootCertificates;
const caVariable = 'DATABASE_CA_PEM';

export default requirement(
  {
    id: 'TLS-7',
    title:
      'refuses unencrypted database connections, and passes verify-full with a CA that the application trusts',
    level: 'core',
    layers: ['aws', 'database', 'kubernetes'],
    applies: ({ database }) => database !== 'none',
    refs: [
      'Amazon RDS User Guide, Using SSL with a PostgreSQL DB instance',
      'PostgreSQL documentation, SSL support, Protection provided in different modes',
    ],
    mutants: [
      databaseParameterMutant('unencrypted-connections-allowed', /unencrypted connection is not refused/, {
        ParameterName: 'rds.force_ssl',
        ParameterValue: '0',
      }),
      workloadMutant(
        'application-trusts-another-authority',
        /authority that the application trusts does not verify/,
        withEnvironment(caVariable, foreignCa),
      ),
      workloadMutant(
        'application-trusts-no-authority',
        /application is given no authority/,
        withEnvironment(caVariable, ''),
      ),
    ],
  },
  async (session) => {
    const { deployment, stack, evidence } = session;
    if (deployment.database === 'none') return;
    const { databaseEndpoint: serverName } = stack.descriptor.resources;
    const plain = await tryLogin(session, false);
    const ca = await workloadVariable(session, deployment.database.applicationCaVariable);
    must(ca !== undefined && ca !== '', 'The application is given no authority to verify the database with', {
      expected: `a PEM in ${deployment.database.applicationCaVariable}`,
      observed: ca === undefined ? 'not set' : 'empty',
    });
    const verified = await tryLogin(session, { ca, serverName });
    const wrongName = await tryLogin(session, { ca, serverName: `other.${serverName}` });
    const wrongCa = await tryLogin(session, { ca: foreignCa, serverName });
    evidence('logins', { plain, verified, wrongName, wrongCa });
    mustRefusePlain(plain);
    must(
      verified.kind === 'in' && verified.tls,
      'The authority that the application trusts does not verify',
      {
        expected: 'a session over TLS',
        observed: verified,
      },
    );
    mustFailToVerify(wrongName, 'another name');
    mustFailToVerify(wrongCa, 'another authority');
    await mustRefuseOldProtocols(session, ca);
  },
);

/** PostgreSQL, Client authentication problems; the end of the message is "SSL off" before PostgreSQL 14. */
function mustRefusePlain(plain: Login): void {
  const refused =
    plain.kind === 'refused' &&
    plain.code === invalidAuthorization &&
    /no pg_hba\.conf entry .*(no encryption|SSL off)$/.test(plain.message);
  must(refused, 'An unencrypted connection is not refused as one', {
    expected: 'no pg_hba.conf entry …, no encryption',
    observed: plain,
  });
}

/** PostgreSQL, appendix A: invalid_authorization_specification. */
const invalidAuthorization = '28000';

/** Without this, what verified may have verified nothing. */
function mustFailToVerify(login: Login, what: string): void {
  if (login.kind === 'in') throw new Inconclusive(`The prober verified the database with ${what}`);
}

async function mustRefuseOldProtocols({ dialer, stack, evidence }: Session, ca: string): Promise<void> {
  const { databaseEndpoint: host, databasePort: port } = stack.descriptor.resources;
  for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const) {
    const result = await handshake(dialer, {
      host,
      port,
      serverName: host,
      version,
      trust: ca,
      prelude: askForTls,
    });
    evidence(version, result);
    if (result.kind === 'refused-by-client' || result.kind === 'unreachable')
      throw new Inconclusive(`${version} could not be tried: ${result.kind}, ${result.code}`);
    const wanted = version === 'TLSv1.2' ? 'agreed' : 'refused-by-server';
    must(result.kind === wanted, `${version} is ${wanted === 'agreed' ? 'not agreed' : 'not refused'}`, {
      expected: wanted,
      observed: result,
    });
  }
}
