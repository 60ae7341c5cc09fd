import type { Handler, ServiceContext } from '../service.ts';

/** After every operation that may have changed something, the data planes are told to look again. */
export function announcing(
  handlers: Readonly<Record<string, Handler>>,
  { changed }: Pick<ServiceContext, 'changed'>,
): Record<string, Handler> {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      reads.test(name) ? handler : andThen(handler, changed),
    ]),
  );
}

const reads = /^(Describe|Get|List|Head|BatchGet|Filter)/;

function andThen(handler: Handler, changed: () => void): Handler {
  return async (input, call) => {
    const output = await handler(input, call);
    changed();
    return output;
  };
}
