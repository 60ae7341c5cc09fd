import type {
  AddTagsToCertificateRequest,
  ListTagsForCertificateRequest,
  ListTagsForCertificateResponse,
  RemoveTagsFromCertificateRequest,
} from '@aws-sdk/client-acm';
import { AwsError } from '../../service.ts';
import { findCertificate } from './certificate.ts';
import type { AcmState } from './state.ts';

export function tagHandlers(state: AcmState) {
  const { tags } = state;
  return {
    AddTagsToCertificate: ({ CertificateArn, Tags = [] }: AddTagsToCertificateRequest): undefined => {
      const { arn } = findCertificate(state, CertificateArn);
      const keys = new Set([...tags.list(arn), ...Tags].map(({ Key }) => Key));
      if (keys.size > 50)
        throw new AwsError('TooManyTagsException', `The certificate ${arn} can have at most 50 tags.`);
      tags.add(arn, Tags);
    },
    RemoveTagsFromCertificate: ({
      CertificateArn,
      Tags = [],
    }: RemoveTagsFromCertificateRequest): undefined => {
      const { arn } = findCertificate(state, CertificateArn);
      // ACM API reference: a tag with a value is removed only when the value is the same.
      const current = new Map(tags.list(arn).map(({ Key, Value }) => [Key, Value]));
      const removed = Tags.filter(({ Key = '', Value }) => Value === undefined || current.get(Key) === Value);
      tags.remove(
        arn,
        removed.map(({ Key = '' }) => Key),
      );
    },
    ListTagsForCertificate: (input: ListTagsForCertificateRequest): ListTagsForCertificateResponse => ({
      Tags: tags.list(findCertificate(state, input.CertificateArn).arn),
    }),
  };
}
