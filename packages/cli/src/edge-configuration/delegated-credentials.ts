import type { DelegatedCredentialOptions } from '@latchkey/edge';
import { z } from 'zod';
import { wholeNumber } from './values.js';

const EXPECTED = 'must be true, false, or a map with a lifetime: "{lifetime: 86400}"';

const lifetime = z
  .strictObject(
    {
      /** How long each lasts, in seconds: 10 minutes to an hour less than 7 days. */
      lifetime: wholeNumber('seconds', 600, 601_200).optional(),
    },
    { error: EXPECTED },
  )
  .transform((values): DelegatedCredentialOptions =>
    values.lifetime === undefined ? {} : { lifetime: values.lifetime },
  );

/** Whether a site has delegated credentials (RFC 9345), and for how long. */
export const delegatedCredentialsSchema = z
  .unknown()
  .transform((value, context): boolean | DelegatedCredentialOptions => {
    if (typeof value === 'boolean') return value;
    const outcome = lifetime.safeParse(value);
    if (outcome.success) return outcome.data;
    for (const issue of outcome.error.issues) context.addIssue({ ...issue });
    return z.NEVER;
  });
