import type { OperationModel, ServiceModel } from './model.ts';
import { travelsInBody, writeBindings } from './rest-bindings.ts';
import { membersOf, type Shape } from './shape.ts';
import type { WireResponse } from './wire.ts';
import { writeJson, writeStructure } from './write-json.ts';
import {
  element,
  textElement,
  writeXml,
  writeXmlMembers,
  xmlDeclaration,
  xmlnsAttribute,
} from './write-xml.ts';

/** A handler's output as AWS would put it on the wire. */
export function writeOutput(
  model: ServiceModel,
  { name, output: shape, route }: OperationModel,
  output: Record<string, unknown>,
  requestId: string,
): WireResponse {
  switch (model.protocol) {
    case 'query':
      return xmlResponse(queryResponse(model, name, shape, output, requestId));
    case 'ec2':
      return xmlResponse(ec2Response(model, name, shape, output, requestId));
    case 'json': {
      const value = shape.isUnitSchema() ? {} : writeJson(shape, output, { jsonName: false });
      return { status: 200, headers: { 'content-type': jsonType(model) }, body: JSON.stringify(value) };
    }
    default: {
      const { status, headers } = writeBindings(shape, output);
      const body = restBody(model, shape, output);
      return { ...body, status: status ?? route?.status ?? 200, headers: { ...body.headers, ...headers } };
    }
  }
}

export function jsonType(model: ServiceModel): string {
  return model.protocol === 'restJson' ? 'application/json' : `application/x-amz-json-${model.jsonVersion}`;
}

function xmlResponse(xml: string): WireResponse {
  return { status: 200, headers: { 'content-type': 'text/xml' }, body: xmlDeclaration + xml };
}

function queryResponse(
  model: ServiceModel,
  name: string,
  shape: Shape,
  output: Record<string, unknown>,
  requestId: string,
): string {
  const result = shape.isUnitSchema() ? '' : writeXml(shape, `${name}Result`, output);
  const metadata = element('ResponseMetadata', textElement('RequestId', requestId));
  return element(`${name}Response`, result + metadata, xmlnsAttribute(model.xmlNamespace));
}

/** EC2 has no result element: the members follow the request ID. Operations without output return true. */
function ec2Response(
  model: ServiceModel,
  name: string,
  shape: Shape,
  output: Record<string, unknown>,
  requestId: string,
): string {
  const members = shape.isUnitSchema() ? textElement('return', 'true') : writeXmlMembers(shape, output);
  return element(
    `${name}Response`,
    textElement('requestId', requestId) + members,
    xmlnsAttribute(model.xmlNamespace),
  );
}

type Body = Pick<WireResponse, 'headers' | 'body'>;

function restBody(model: ServiceModel, shape: Shape, output: Record<string, unknown>): Body {
  const payload = membersOf(shape).find(([, member]) => member.getMergedTraits().httpPayload);
  if (payload) return payloadBody(model, payload[1], output[payload[0]]);
  if (model.protocol === 'restJson') {
    const value = writeStructure(shape, output, { jsonName: true }, (member) => !travelsInBody(member));
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
  }
  if (!membersOf(shape).some(([, member]) => travelsInBody(member))) return { headers: {}, body: '' };
  const tag = shape.getMergedTraits().xmlName ?? shape.getName() ?? '';
  return xmlBody(writeXml(shape, tag, output, xmlnsAttribute(model.xmlNamespace), travelsInBody));
}

function payloadBody(model: ServiceModel, member: Shape, value: unknown): Body {
  if (value === undefined || value === null) return { headers: {}, body: '' };
  if (value instanceof Uint8Array)
    return { headers: { 'content-type': 'application/octet-stream' }, body: value };
  if (typeof value === 'string') return { headers: { 'content-type': 'text/plain' }, body: value };
  if (model.protocol === 'restJson') {
    const body = JSON.stringify(writeJson(member, value, { jsonName: true }));
    return { headers: { 'content-type': 'application/json' }, body };
  }
  const tag = member.getMergedTraits().xmlName ?? member.getName() ?? '';
  return xmlBody(writeXml(member, tag, value, xmlnsAttribute(model.xmlNamespace)));
}

function xmlBody(xml: string): Body {
  return { headers: { 'content-type': 'text/xml' }, body: xmlDeclaration + xml };
}
