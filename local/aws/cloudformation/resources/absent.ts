/** Deleting what is gone succeeds: services say in many ways that a thing is not there. */
export async function unlessAbsent(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

export async function isGone(look: Promise<unknown>): Promise<boolean> {
  try {
    await look;
    return false;
  } catch (error) {
    if (isAbsent(error)) return true;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && /NotFound|NoSuch|Nonexistent|NonExistent|NotAttached/.test(error.name);
}
