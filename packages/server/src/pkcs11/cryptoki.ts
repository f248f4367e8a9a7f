import { createRequire } from 'node:module';
import { endianness } from 'node:os';

// The part of PKCS#11 that is used here, and of pkcs11js: described again, since that package is optional and must not
// be needed to build this one. Numbers are those of PKCS#11 v3.1's header files.

/** A CK_ULONG that names a slot, session or object, as the machine has it in memory. */
export type Handle = Buffer;

/** pkcs11js's `Template`. */
export type Template = { readonly type: number; readonly value?: number | boolean | string | Buffer }[];

/** pkcs11js's `Mechanism`. */
export interface Mechanism {
  readonly mechanism: number;
  readonly parameter?: {
    readonly type: number;
    readonly hashAlg: number;
    readonly mgf: number;
    readonly saltLen: number;
  };
}

/** A PKCS#11 module. Functions throw errors whose `code` is a CK_RV; those that return promises work in other threads. */
export interface Cryptoki {
  C_Initialize(options: { readonly flags: number }): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetSlotInfo(slot: Handle): { readonly slotDescription: string; readonly manufacturerID: string };
  C_GetTokenInfo(slot: Handle): TokenInfo;
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_GetSessionInfo(session: Handle): unknown;
  C_Login(session: Handle, userType: number, pin?: string): void;
  C_FindObjectsInit(session: Handle, template: Template): void;
  C_FindObjects(session: Handle, maximum: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(session: Handle, object: Handle, template: Template): { readonly value: Buffer }[];
  C_SignInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_SignAsync(session: Handle, input: Buffer, output: Buffer): Promise<Buffer>;
  C_DecryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_DecryptAsync(session: Handle, input: Buffer, output: Buffer): Promise<Buffer>;
}

/** pkcs11js's `TokenInfo`. Texts are padded with spaces. */
export interface TokenInfo {
  readonly label: string;
  readonly manufacturerID: string;
  readonly model: string;
  readonly serialNumber: string;
  readonly flags: number;
}

/** What pkcs11js calls the parameters of RSA-PSS: its CK_PARAMS_RSA_PSS. */
export const PSS_PARAMETERS = 5;

const CKF_OS_LOCKING_OK = 0x02;
export const CKF_SERIAL_SESSION = 0x04;
export const CKF_LOGIN_REQUIRED = 0x04;
export const CKF_PROTECTED_AUTHENTICATION_PATH = 0x100;
export const CKF_USER_PIN_FINAL_TRY = 0x2_0000;
export const CKF_USER_PIN_LOCKED = 0x4_0000;
export const CKU_USER = 1;

/**
 * Loads a PKCS#11 module and initializes it for use by several threads.
 *
 * @throws Error that says whether pkcs11js or the module is at fault
 */
export function loadCryptoki(moduleFile: string): Cryptoki {
  const { PKCS11 } = loadPkcs11js();
  let cryptoki;
  try {
    cryptoki = new PKCS11(moduleFile);
  } catch (error) {
    throw new Error(`${moduleFile} is not a PKCS#11 module that can be loaded (${nameOf(error)})`, {
      cause: error,
    });
  }
  cryptoki.C_Initialize({ flags: CKF_OS_LOCKING_OK });
  return cryptoki;
}

/** The CK_RV of an error of a {@link Cryptoki} function; 0 where it is none. */
export function returnValueOf(error: unknown): number {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : 0;
}

/** What to call an error of a {@link Cryptoki} function, e.g. CKR_DEVICE_ERROR. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a CK_ULONG says. */
export function toNumber(value: Buffer): number {
  const bytes = endianness() === 'LE' ? Buffer.from(value.toReversed()) : value;
  return Number(BigInt(`0x${bytes.toString('hex') || '0'}`));
}

function loadPkcs11js(): { readonly PKCS11: new (moduleFile: string) => Cryptoki } {
  try {
    return createRequire(import.meta.url)('pkcs11js') as ReturnType<typeof loadPkcs11js>;
  } catch (cause) {
    // Its own addon is missing when it could not be built as it was installed.
    const isInstalled = cause instanceof Error && cause.message.includes('pkcs11.node');
    throw new Error(
      isInstalled
        ? 'the package pkcs11js is there but was not built: it takes python3, make and a C++ compiler, then "npm rebuild pkcs11js"'
        : 'the package pkcs11js is not there: "npm install pkcs11js" adds it',
      { cause },
    );
  }
}
