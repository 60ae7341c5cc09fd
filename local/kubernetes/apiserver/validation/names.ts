/** Formats of names, with the sentences that Kubernetes says of a bad one (apimachinery, util/validation). */

export function dnsLabelError(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 characters';
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value) ? undefined : dnsLabel;
}

/** A label that starts with a letter: the name of a Service. */
export function dns1035Error(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 characters';
  return /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(value) ? undefined : dns1035;
}

export function dnsSubdomainError(value: string): string | undefined {
  if (value.length > 253) return 'must be no more than 253 characters';
  return subdomainPattern.test(value) ? undefined : dnsSubdomain;
}

/** The key of a label, annotation or taint: an optional DNS prefix and a name. */
export function qualifiedNameError(value: string): string | undefined {
  const parts = value.split('/');
  const [name = '', prefix] = parts.length === 1 ? parts : [parts[1], parts[0]];
  if (parts.length > 2) return qualifiedForm;
  if (prefix === '') return 'prefix part must be non-empty';
  if (prefix !== undefined && dnsSubdomainError(prefix)) return `prefix part ${dnsSubdomain}`;
  if (name === '') return 'name part must be non-empty';
  if (name.length > 63) return 'name part must be no more than 63 characters';
  return namePattern.test(name) ? undefined : `name part ${qualifiedName}`;
}

export function labelValueError(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 characters';
  return value === '' || namePattern.test(value) ? undefined : labelValue;
}

const subdomainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const namePattern = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const dnsLabel =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const dns1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const dnsSubdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const qualifiedName =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const qualifiedForm =
  "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const labelValue =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
