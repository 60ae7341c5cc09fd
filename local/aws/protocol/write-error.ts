import type { AwsError } from '../service.ts';
import type { ErrorModel, ServiceModel, WireProtocol } from './model.ts';
import { membersOf } from './shape.ts';
import type { WireResponse } from './wire.ts';
import { writeStructure } from './write-json.ts';
import { jsonType } from './write-response.ts';
import { element, textElement, writeXmlMembers, xmlDeclaration, xmlnsAttribute } from './write-xml.ts';

/** An error as the service's protocol writes it. */
export function writeError(model: ServiceModel, error: AwsError, requestId: string): WireResponse {
  const modelled = model.error(error.code);
  const status = modelled?.status ?? unmodelledStatus(model, error.code);
  const fault = faultOf(modelled, status);
  if (model.protocol === 'json' || model.protocol === 'restJson')
    return jsonError(model, modelled, error, status);
  const code = (model.protocol === 'query' ? modelled?.queryCode : modelled?.name) ?? error.code;
  const details = extraMembers(modelled, error);
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: xmlError(model, { code, error, fault, details, requestId }),
  };
}

/** When no service could be chosen there is no protocol either: the request's own form decides. */
export function writeUnroutedError(
  protocol: WireProtocol,
  { code, message, status }: { code: string; message: string; status: number },
  requestId: string,
): WireResponse {
  if (protocol === 'json' || protocol === 'restJson') {
    const body = JSON.stringify({ __type: code, message });
    const type = protocol === 'json' ? 'application/x-amz-json-1.1' : 'application/json';
    return { status, headers: { 'content-type': type, 'x-amzn-errortype': code }, body };
  }
  const body =
    element(
      'Error',
      textElement('Type', 'Sender') + textElement('Code', code) + textElement('Message', message),
    ) + textElement('RequestId', requestId);
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: xmlDeclaration + element('ErrorResponse', body),
  };
}

function faultOf(modelled: ErrorModel | undefined, status: number): ErrorModel['fault'] {
  return modelled?.fault ?? (status >= 500 ? 'Receiver' : 'Sender');
}

function unmodelledStatus({ service, protocol }: ServiceModel, code: string): number {
  const isRest = protocol === 'restJson' || protocol === 'restXml';
  if (code === 'UnknownOperationException' && isRest) return 404;
  return service.errorStatus?.[code] ?? commonStatus[code] ?? 400;
}

/** Codes that every service shares and no SDK models. */
const commonStatus: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  AccessDeniedException: 403,
  InternalError: 500,
  InternalFailure: 500,
  MissingAuthenticationToken: 403,
  NotImplemented: 501,
  RequestEntityTooLarge: 413,
  RequestLimitExceeded: 503,
  SlowDown: 503,
};

interface XmlErrorParts {
  readonly code: string;
  readonly error: AwsError;
  readonly fault: string;
  readonly details: string;
  readonly requestId: string;
}

function xmlError(model: ServiceModel, { code, error, fault, details, requestId }: XmlErrorParts): string {
  const codeAndMessage = textElement('Code', code) + textElement('Message', error.message);
  if (model.protocol === 'ec2') {
    const errors = element('Errors', element('Error', codeAndMessage));
    return xmlDeclaration + element('Response', errors + textElement('RequestID', requestId));
  }
  if (model.serviceId === 'S3') {
    const ids = textElement('RequestId', requestId) + textElement('HostId', hostId(requestId));
    return xmlDeclaration + element('Error', codeAndMessage + plainMembers(error) + ids);
  }
  const body = element('Error', textElement('Type', fault) + codeAndMessage + details);
  return (
    xmlDeclaration +
    element('ErrorResponse', body + textElement('RequestId', requestId), xmlnsAttribute(model.xmlNamespace))
  );
}

/** S3 adds BucketName, Key and the like, which no schema lists. */
function plainMembers(error: AwsError): string {
  return Object.entries(error.members)
    .map(([name, value]) => textElement(name, String(value)))
    .join('');
}

function hostId(requestId: string): string {
  return Buffer.from(requestId.repeat(2)).toString('base64');
}

function extraMembers(modelled: ErrorModel | undefined, error: AwsError): string {
  if (!modelled) return '';
  return writeXmlMembers(modelled.shape, { ...error.members, message: undefined, Message: undefined });
}

function jsonError(
  model: ServiceModel,
  modelled: ErrorModel | undefined,
  error: AwsError,
  status: number,
): WireResponse {
  const rest = model.protocol === 'restJson';
  const name = modelled?.name ?? error.code;
  const messageName =
    modelled && membersOf(modelled.shape).some(([member]) => member === 'Message') ? 'Message' : 'message';
  const members = modelled ? writeStructure(modelled.shape, error.members, { jsonName: rest }) : {};
  const body = { ...(rest ? {} : { __type: name }), ...members, [messageName]: error.message };
  return {
    status,
    headers: {
      'content-type': jsonType(model),
      'x-amzn-errortype': name,
      // What clients of the query protocol that this service once spoke know the error by.
      ...(model.queryCompatible && {
        'x-amzn-query-error': `${modelled?.queryCode ?? error.code};${faultOf(modelled, status)}`,
      }),
    },
    body: JSON.stringify(body),
  };
}
