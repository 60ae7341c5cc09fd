/** The one that the embedded account has: made up, and worth nothing elsewhere. */
export const accessKey = { accessKeyId: 'STORMPROOF', secretAccessKey: 'stormproof' } as const;
