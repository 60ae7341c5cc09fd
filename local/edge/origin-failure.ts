/** Why an origin gave no answer, as the viewer is told. CloudFront developer guide, "HTTP 502 …", "HTTP 504 …". */
export class OriginFailure extends Error {
  readonly status: 502 | 504;
  readonly kind: OriginFailureKind;
  /** Another attempt may succeed: the origin may be well, only not at this address or moment. */
  readonly retryable: boolean;

  constructor(kind: OriginFailureKind, cause?: unknown) {
    super(failures[kind].explanation, { cause });
    this.name = 'OriginFailure';
    this.kind = kind;
    this.status = failures[kind].status;
    this.retryable = failures[kind].retryable;
  }
}

export type OriginFailureKind = keyof typeof failures;

const unreachable = "CloudFront wasn't able to connect to the origin.";
const unanswered = "We can't connect to the server for this app or website at this time.";

const failures = {
  'no-address': {
    status: 502,
    retryable: false,
    explanation: "CloudFront wasn't able to resolve the origin domain name.",
  },
  refused: { status: 502, retryable: true, explanation: unreachable },
  certificate: { status: 502, retryable: false, explanation: unreachable },
  'connect-timeout': {
    status: 504,
    retryable: true,
    explanation: unanswered,
  },
  'read-timeout': {
    status: 504,
    retryable: true,
    explanation: unanswered,
  },
  'connection-lost': { status: 502, retryable: true, explanation: 'The origin closed the connection.' },
  'invalid-answer': {
    status: 502,
    retryable: false,
    explanation: 'CloudFront received an invalid response from the origin.',
  },
} as const;
