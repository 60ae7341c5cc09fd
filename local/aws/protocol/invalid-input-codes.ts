import { AwsError, type InvalidInputKind } from '../service.ts';
import type { InvalidInput } from './invalid-input.ts';
import type { ServiceModel, WireProtocol } from './model.ts';

/** The error AWS answers an invalid input with: its code differs by protocol, and for some services. */
export function invalidInputError(model: ServiceModel, problem: InvalidInput): AwsError {
  const code = model.service.invalidInputCodes?.[problem.kind] ?? codes[model.protocol][problem.kind];
  // EC2 and RDS name the parameter; the other services have one sentence for all constraints.
  if (code === 'MissingParameter')
    return new AwsError(code, `The request must contain the parameter ${problem.at}`);
  return new AwsError(code, problem.message);
}

const query = {
  malformed: 'MalformedQueryString',
  type: 'MalformedInput',
  missing: 'ValidationError',
  constraint: 'ValidationError',
  unknown: 'ValidationError',
} as const;

const json = {
  malformed: 'SerializationException',
  type: 'SerializationException',
  missing: 'ValidationException',
  constraint: 'ValidationException',
  unknown: 'ValidationException',
} as const;

const codes: Readonly<Record<WireProtocol, Readonly<Record<InvalidInputKind, string>>>> = {
  query,
  ec2: {
    malformed: 'MalformedQueryString',
    type: 'InvalidParameterValue',
    missing: 'MissingParameter',
    constraint: 'InvalidParameterValue',
    unknown: 'UnknownParameter',
  },
  json,
  restJson: json,
  // CloudFront's, seen in aws/aws-sdk-php#1973 and aws/aws-sdk-ruby#1067.
  restXml: {
    malformed: 'MalformedInput',
    type: 'MalformedInput',
    missing: 'MalformedXML',
    constraint: 'MalformedXML',
    unknown: 'MalformedXML',
  },
};
