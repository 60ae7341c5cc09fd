import type {
  CreateOpenIDConnectProviderCommandInput,
  DeleteOpenIDConnectProviderCommandInput,
  GetOpenIDConnectProviderCommandInput,
} from '@aws-sdk/client-iam';
import { AwsError, type Handler } from '../../service.ts';
import type { IamState, OidcProvider } from './state.ts';

/** What lets a cluster's service accounts take roles. */
export function oidcProviderHandlers(state: IamState): Record<string, Handler> {
  const { oidcProviders } = state;
  return {
    CreateOpenIDConnectProvider: (input: CreateOpenIDConnectProviderCommandInput) =>
      createProvider(state, input),
    GetOpenIDConnectProvider: ({ OpenIDConnectProviderArn }: GetOpenIDConnectProviderCommandInput) => {
      const { Url, ...provider } = findProvider(state, OpenIDConnectProviderArn);
      return { ...provider, Url: Url.replace('https://', '') };
    },
    ListOpenIDConnectProviders: () => ({
      OpenIDConnectProviderList: [...oidcProviders.keys()].map((Arn) => ({ Arn })),
    }),
    DeleteOpenIDConnectProvider: ({
      OpenIDConnectProviderArn = '',
    }: DeleteOpenIDConnectProviderCommandInput) => {
      findProvider(state, OpenIDConnectProviderArn);
      oidcProviders.delete(OpenIDConnectProviderArn);
      return {};
    },
  };
}

function createProvider(state: IamState, input: CreateOpenIDConnectProviderCommandInput): object {
  const { Url = '', ClientIDList = [], ThumbprintList = [], Tags = [] } = input;
  if (!Url.startsWith('https://'))
    throw new AwsError('ValidationError', 'Invalid Open ID Connect Provider URL');
  const arn = `arn:aws:iam::${state.context.accountId}:oidc-provider/${Url.slice('https://'.length)}`;
  if (state.oidcProviders.has(arn)) {
    throw new AwsError('EntityAlreadyExists', `Provider with url ${Url} already exists.`);
  }
  state.oidcProviders.set(arn, {
    Url,
    ClientIDList,
    ThumbprintList,
    Tags,
    CreateDate: state.context.clock.now(),
  });
  return { OpenIDConnectProviderArn: arn, Tags };
}

function findProvider({ oidcProviders }: IamState, arn: string | undefined): OidcProvider {
  const found = oidcProviders.get(arn ?? '');
  if (!found) throw new AwsError('NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`);
  return found;
}
