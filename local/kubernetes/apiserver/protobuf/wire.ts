/** One field of a protobuf message: a varint, eight or four bytes, or bytes of any length. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/** Splits a message into its fields (Protocol Buffers documentation, "Encoding"). */
export function readFields(message: Buffer): WireField[] {
  const fields: WireField[] = [];
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[offset++];
      if (byte === undefined || shift > 63n)
        throw new RangeError('Cannot read protobuf: a varint does not end');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  };
  const bytes = (length: number): Buffer => {
    const end = offset + length;
    if (length < 0 || end > message.length) throw new RangeError('Cannot read protobuf: a field is cut off');
    const value = message.subarray(offset, end);
    offset = end;
    return value;
  };
  while (offset < message.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    switch (tag & 7) {
      case 0:
        fields.push({ number, value: varint() });
        break;
      case 1:
        fields.push({ number, value: bytes(8) });
        break;
      case 2:
        fields.push({ number, value: bytes(Number(varint())) });
        break;
      case 5:
        fields.push({ number, value: bytes(4) });
        break;
      default:
        throw new RangeError(`Cannot read protobuf: unknown wire type ${tag & 7}`);
    }
  }
  return fields;
}
