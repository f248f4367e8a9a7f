import type { OcspStapling } from '@latchkey/edge';
import { z } from 'zod';
import { parseCertificateFile, type CertificateFile } from '../pem-files.js';
import type { KeyPath } from '../yaml-document.js';
import type { FileReader } from './file-reader.js';
import { path } from './values.js';

const CERTIFICATE = 'must be the path of a file, or a map with chain and where its OCSP response comes from';

const certificate = z.preprocess(
  (value) => (typeof value === 'string' ? { chain: value } : value),
  z
    .strictObject(
      {
        chain: path,
        /** An OCSP response that another tool renews, in DER. */
        ocsp_file: path.optional(),
        /** Who is asked for it, instead of whom the certificate names. */
        ocsp_url: z.url({ protocol: /^https?$/, error: 'must be an http: or https: URL' }).optional(),
      },
      { error: CERTIFICATE },
    )
    .refine(({ ocsp_file: file, ocsp_url: url }) => file === undefined || url === undefined, {
      path: ['ocsp_url'],
      error: 'cannot be used together with ocsp_file',
    }),
);

const certificates = z
  .array(certificate, { error: CERTIFICATE })
  .min(1, { error: 'must name at least one certificate' });

/** A site's certificate, or several, each for another kind of key. */
export const certificatesSchema = z.unknown().transform((value, context) => {
  // By hand, so that what is wrong with the only one is said of where it stands.
  const outcome = Array.isArray(value)
    ? certificates.safeParse(value)
    : certificate.transform((only) => [only]).safeParse(value);
  if (outcome.success) return outcome.data;
  for (const issue of outcome.error.issues) context.addIssue({ ...issue });
  return z.NEVER;
});

/** A certificate that an edge shows to visitors. */
export interface SiteCertificate {
  readonly chain: CertificateFile;
  /** Where its OCSP response comes from; undefined: nothing is stapled. */
  readonly stapling: OcspStapling | undefined;
}

/** @param fetchesOcsp whether a response is fetched where nothing else is said */
export function readCertificates(
  key: KeyPath,
  values: z.output<typeof certificatesSchema>,
  fetchesOcsp: boolean,
  reader: FileReader,
): Promise<readonly SiteCertificate[]> {
  return Promise.all(
    values.map(async ({ chain, ocsp_file: ocspFile, ocsp_url: url }, index): Promise<SiteCertificate> => {
      const at = values.length === 1 ? key : [...key, index];
      return {
        chain: await reader.readText(at, chain, parseCertificateFile),
        stapling:
          ocspFile !== undefined
            ? { response: await reader.readBytes(at, ocspFile) }
            : url !== undefined
              ? { url }
              : fetchesOcsp
                ? 'fetch'
                : undefined,
      };
    }),
  );
}
