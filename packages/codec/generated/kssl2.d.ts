import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace latchkey. */
export namespace latchkey {

    /** Namespace kssl2. */
    namespace kssl2 {

        /**
         * Properties of an EdgeFrame.
         * @deprecated Use latchkey.kssl2.EdgeFrame.$Properties instead.
         */
        interface IEdgeFrame extends latchkey.kssl2.EdgeFrame.$Properties {
        }

        /** Represents an EdgeFrame. */
        class EdgeFrame {

            /**
             * Constructs a new EdgeFrame.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.EdgeFrame.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** EdgeFrame requests. */
            requests: latchkey.kssl2.Request.$Properties[];

            /** EdgeFrame cancels. */
            cancels: number[];

            /** EdgeFrame ping. */
            ping?: (latchkey.kssl2.Ping.$Properties|null);

            /** EdgeFrame certificateSubscriptions. */
            certificateSubscriptions: latchkey.kssl2.CertificateSubscription.$Properties[];

            /**
             * Encodes the specified EdgeFrame message. Does not implicitly {@link latchkey.kssl2.EdgeFrame.verify|verify} messages.
             * @param message EdgeFrame message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.EdgeFrame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an EdgeFrame message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.EdgeFrame & latchkey.kssl2.EdgeFrame.$Shape} EdgeFrame
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.EdgeFrame & latchkey.kssl2.EdgeFrame.$Shape;
        }

        namespace EdgeFrame {

            /** Properties of an EdgeFrame. */
            interface $Properties {

                /** EdgeFrame requests */
                requests?: (latchkey.kssl2.Request.$Properties[]|null);

                /** EdgeFrame cancels */
                cancels?: (number[]|null);

                /** EdgeFrame ping */
                ping?: (latchkey.kssl2.Ping.$Properties|null);

                /** EdgeFrame certificateSubscriptions */
                certificateSubscriptions?: (latchkey.kssl2.CertificateSubscription.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an EdgeFrame. */
            type $Shape = {
              requests?: latchkey.kssl2.Request.$Shape[]|null;
              cancels?: number[]|null;
              ping?: latchkey.kssl2.Ping.$Shape|null;
              certificateSubscriptions?: latchkey.kssl2.CertificateSubscription.$Shape[]|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a KeyServerFrame.
         * @deprecated Use latchkey.kssl2.KeyServerFrame.$Properties instead.
         */
        interface IKeyServerFrame extends latchkey.kssl2.KeyServerFrame.$Properties {
        }

        /** Represents a KeyServerFrame. */
        class KeyServerFrame {

            /**
             * Constructs a new KeyServerFrame.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.KeyServerFrame.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** KeyServerFrame answers. */
            answers: latchkey.kssl2.Answer.$Properties[];

            /** KeyServerFrame capabilities. */
            capabilities?: (latchkey.kssl2.Capabilities.$Properties|null);

            /** KeyServerFrame pong. */
            pong?: (latchkey.kssl2.Ping.$Properties|null);

            /** KeyServerFrame goingAway. */
            goingAway?: (latchkey.kssl2.GoingAway.$Properties|null);

            /** KeyServerFrame certificates. */
            certificates: latchkey.kssl2.Certificates.$Properties[];

            /**
             * Encodes the specified KeyServerFrame message. Does not implicitly {@link latchkey.kssl2.KeyServerFrame.verify|verify} messages.
             * @param message KeyServerFrame message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.KeyServerFrame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a KeyServerFrame message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.KeyServerFrame & latchkey.kssl2.KeyServerFrame.$Shape} KeyServerFrame
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.KeyServerFrame & latchkey.kssl2.KeyServerFrame.$Shape;
        }

        namespace KeyServerFrame {

            /** Properties of a KeyServerFrame. */
            interface $Properties {

                /** KeyServerFrame answers */
                answers?: (latchkey.kssl2.Answer.$Properties[]|null);

                /** KeyServerFrame capabilities */
                capabilities?: (latchkey.kssl2.Capabilities.$Properties|null);

                /** KeyServerFrame pong */
                pong?: (latchkey.kssl2.Ping.$Properties|null);

                /** KeyServerFrame goingAway */
                goingAway?: (latchkey.kssl2.GoingAway.$Properties|null);

                /** KeyServerFrame certificates */
                certificates?: (latchkey.kssl2.Certificates.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a KeyServerFrame. */
            type $Shape = {
              answers?: latchkey.kssl2.Answer.$Shape[]|null;
              capabilities?: latchkey.kssl2.Capabilities.$Shape|null;
              pong?: latchkey.kssl2.Ping.$Shape|null;
              goingAway?: latchkey.kssl2.GoingAway.$Shape|null;
              certificates?: latchkey.kssl2.Certificates.$Shape[]|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a Request.
         * @deprecated Use latchkey.kssl2.Request.$Properties instead.
         */
        interface IRequest extends latchkey.kssl2.Request.$Properties {
        }

        /** Represents a Request. */
        class Request {

            /**
             * Constructs a new Request.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.Request.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Request id. */
            id: number;

            /** Request deadline. */
            deadline?: (number|null);

            /** Request ski. */
            ski: Uint8Array;

            /** Request serverName. */
            serverName: string;

            /** Request clientAddress. */
            clientAddress: Uint8Array;

            /** Request serverAddress. */
            serverAddress: Uint8Array;

            /** Request traceparent. */
            traceparent: string;

            /** Request tracestate. */
            tracestate: string;

            /** Request certificateVerify. */
            certificateVerify?: (latchkey.kssl2.CertificateVerify.$Properties|null);

            /** Request serverKeyExchange. */
            serverKeyExchange?: (latchkey.kssl2.ServerKeyExchange.$Properties|null);

            /** Request premasterSecret. */
            premasterSecret?: (latchkey.kssl2.EncryptedPremasterSecret.$Properties|null);

            /** Request delegatedCredential. */
            delegatedCredential?: (latchkey.kssl2.DelegatedCredential.$Properties|null);

            /** Request seal. */
            seal?: (Uint8Array|null);

            /** Request unseal. */
            unseal?: (Uint8Array|null);

            /** Request operation. */
            operation?: ("certificateVerify"|"serverKeyExchange"|"premasterSecret"|"delegatedCredential"|"seal"|"unseal");

            /**
             * Encodes the specified Request message. Does not implicitly {@link latchkey.kssl2.Request.verify|verify} messages.
             * @param message Request message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.Request.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Request message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.Request & latchkey.kssl2.Request.$Shape} Request
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.Request & latchkey.kssl2.Request.$Shape;
        }

        namespace Request {

            /** Properties of a Request. */
            interface $Properties {

                /** Request id */
                id?: (number|null);

                /** Request deadline */
                deadline?: (number|null);

                /** Request ski */
                ski?: (Uint8Array|null);

                /** Request serverName */
                serverName?: (string|null);

                /** Request clientAddress */
                clientAddress?: (Uint8Array|null);

                /** Request serverAddress */
                serverAddress?: (Uint8Array|null);

                /** Request traceparent */
                traceparent?: (string|null);

                /** Request tracestate */
                tracestate?: (string|null);

                /** Request certificateVerify */
                certificateVerify?: (latchkey.kssl2.CertificateVerify.$Properties|null);

                /** Request serverKeyExchange */
                serverKeyExchange?: (latchkey.kssl2.ServerKeyExchange.$Properties|null);

                /** Request premasterSecret */
                premasterSecret?: (latchkey.kssl2.EncryptedPremasterSecret.$Properties|null);

                /** Request delegatedCredential */
                delegatedCredential?: (latchkey.kssl2.DelegatedCredential.$Properties|null);

                /** Request seal */
                seal?: (Uint8Array|null);

                /** Request unseal */
                unseal?: (Uint8Array|null);

                /** Request operation */
                operation?: ("certificateVerify"|"serverKeyExchange"|"premasterSecret"|"delegatedCredential"|"seal"|"unseal");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Request. */
            type $Shape = {
              id?: number|null;
              deadline?: number|null;
              ski?: Uint8Array|null;
              serverName?: string|null;
              clientAddress?: Uint8Array|null;
              serverAddress?: Uint8Array|null;
              traceparent?: string|null;
              tracestate?: string|null;
              certificateVerify?: latchkey.kssl2.CertificateVerify.$Shape|null;
              serverKeyExchange?: latchkey.kssl2.ServerKeyExchange.$Shape|null;
              premasterSecret?: latchkey.kssl2.EncryptedPremasterSecret.$Shape|null;
              delegatedCredential?: latchkey.kssl2.DelegatedCredential.$Shape|null;
              seal?: Uint8Array|null;
              unseal?: Uint8Array|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ operation?: undefined; certificateVerify?: null; serverKeyExchange?: null; premasterSecret?: null; delegatedCredential?: null; seal?: null; unseal?: null }|{ operation?: "certificateVerify"; certificateVerify: latchkey.kssl2.CertificateVerify.$Shape; serverKeyExchange?: null; premasterSecret?: null; delegatedCredential?: null; seal?: null; unseal?: null }|{ operation?: "serverKeyExchange"; certificateVerify?: null; serverKeyExchange: latchkey.kssl2.ServerKeyExchange.$Shape; premasterSecret?: null; delegatedCredential?: null; seal?: null; unseal?: null }|{ operation?: "premasterSecret"; certificateVerify?: null; serverKeyExchange?: null; premasterSecret: latchkey.kssl2.EncryptedPremasterSecret.$Shape; delegatedCredential?: null; seal?: null; unseal?: null }|{ operation?: "delegatedCredential"; certificateVerify?: null; serverKeyExchange?: null; premasterSecret?: null; delegatedCredential: latchkey.kssl2.DelegatedCredential.$Shape; seal?: null; unseal?: null }|{ operation?: "seal"; certificateVerify?: null; serverKeyExchange?: null; premasterSecret?: null; delegatedCredential?: null; seal: Uint8Array; unseal?: null }|{ operation?: "unseal"; certificateVerify?: null; serverKeyExchange?: null; premasterSecret?: null; delegatedCredential?: null; seal?: null; unseal: Uint8Array })
            );
        }

        /**
         * Properties of a CertificateVerify.
         * @deprecated Use latchkey.kssl2.CertificateVerify.$Properties instead.
         */
        interface ICertificateVerify extends latchkey.kssl2.CertificateVerify.$Properties {
        }

        /** Represents a CertificateVerify. */
        class CertificateVerify {

            /**
             * Constructs a new CertificateVerify.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.CertificateVerify.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** CertificateVerify scheme. */
            scheme: number;

            /** CertificateVerify transcriptHash. */
            transcriptHash: Uint8Array;

            /**
             * Encodes the specified CertificateVerify message. Does not implicitly {@link latchkey.kssl2.CertificateVerify.verify|verify} messages.
             * @param message CertificateVerify message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.CertificateVerify.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a CertificateVerify message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.CertificateVerify & latchkey.kssl2.CertificateVerify.$Shape} CertificateVerify
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.CertificateVerify & latchkey.kssl2.CertificateVerify.$Shape;
        }

        namespace CertificateVerify {

            /** Properties of a CertificateVerify. */
            interface $Properties {

                /** CertificateVerify scheme */
                scheme?: (number|null);

                /** CertificateVerify transcriptHash */
                transcriptHash?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a CertificateVerify. */
            type $Shape = latchkey.kssl2.CertificateVerify.$Properties;
        }

        /**
         * Properties of a ServerKeyExchange.
         * @deprecated Use latchkey.kssl2.ServerKeyExchange.$Properties instead.
         */
        interface IServerKeyExchange extends latchkey.kssl2.ServerKeyExchange.$Properties {
        }

        /** Represents a ServerKeyExchange. */
        class ServerKeyExchange {

            /**
             * Constructs a new ServerKeyExchange.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.ServerKeyExchange.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ServerKeyExchange scheme. */
            scheme: number;

            /** ServerKeyExchange clientRandom. */
            clientRandom: Uint8Array;

            /** ServerKeyExchange serverRandom. */
            serverRandom: Uint8Array;

            /** ServerKeyExchange parameters. */
            parameters: Uint8Array;

            /**
             * Encodes the specified ServerKeyExchange message. Does not implicitly {@link latchkey.kssl2.ServerKeyExchange.verify|verify} messages.
             * @param message ServerKeyExchange message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.ServerKeyExchange.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ServerKeyExchange message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.ServerKeyExchange & latchkey.kssl2.ServerKeyExchange.$Shape} ServerKeyExchange
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.ServerKeyExchange & latchkey.kssl2.ServerKeyExchange.$Shape;
        }

        namespace ServerKeyExchange {

            /** Properties of a ServerKeyExchange. */
            interface $Properties {

                /** ServerKeyExchange scheme */
                scheme?: (number|null);

                /** ServerKeyExchange clientRandom */
                clientRandom?: (Uint8Array|null);

                /** ServerKeyExchange serverRandom */
                serverRandom?: (Uint8Array|null);

                /** ServerKeyExchange parameters */
                parameters?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ServerKeyExchange. */
            type $Shape = latchkey.kssl2.ServerKeyExchange.$Properties;
        }

        /**
         * Properties of an EncryptedPremasterSecret.
         * @deprecated Use latchkey.kssl2.EncryptedPremasterSecret.$Properties instead.
         */
        interface IEncryptedPremasterSecret extends latchkey.kssl2.EncryptedPremasterSecret.$Properties {
        }

        /** Represents an EncryptedPremasterSecret. */
        class EncryptedPremasterSecret {

            /**
             * Constructs a new EncryptedPremasterSecret.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.EncryptedPremasterSecret.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** EncryptedPremasterSecret ciphertext. */
            ciphertext: Uint8Array;

            /** EncryptedPremasterSecret clientVersion. */
            clientVersion: number;

            /**
             * Encodes the specified EncryptedPremasterSecret message. Does not implicitly {@link latchkey.kssl2.EncryptedPremasterSecret.verify|verify} messages.
             * @param message EncryptedPremasterSecret message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.EncryptedPremasterSecret.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an EncryptedPremasterSecret message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.EncryptedPremasterSecret & latchkey.kssl2.EncryptedPremasterSecret.$Shape} EncryptedPremasterSecret
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.EncryptedPremasterSecret & latchkey.kssl2.EncryptedPremasterSecret.$Shape;
        }

        namespace EncryptedPremasterSecret {

            /** Properties of an EncryptedPremasterSecret. */
            interface $Properties {

                /** EncryptedPremasterSecret ciphertext */
                ciphertext?: (Uint8Array|null);

                /** EncryptedPremasterSecret clientVersion */
                clientVersion?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an EncryptedPremasterSecret. */
            type $Shape = latchkey.kssl2.EncryptedPremasterSecret.$Properties;
        }

        /**
         * Properties of a DelegatedCredential.
         * @deprecated Use latchkey.kssl2.DelegatedCredential.$Properties instead.
         */
        interface IDelegatedCredential extends latchkey.kssl2.DelegatedCredential.$Properties {
        }

        /** Represents a DelegatedCredential. */
        class DelegatedCredential {

            /**
             * Constructs a new DelegatedCredential.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.DelegatedCredential.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DelegatedCredential certificate. */
            certificate: Uint8Array;

            /** DelegatedCredential validTime. */
            validTime: number;

            /** DelegatedCredential dcCertVerifyAlgorithm. */
            dcCertVerifyAlgorithm: number;

            /** DelegatedCredential subjectPublicKeyInfo. */
            subjectPublicKeyInfo: Uint8Array;

            /** DelegatedCredential algorithm. */
            algorithm: number;

            /**
             * Encodes the specified DelegatedCredential message. Does not implicitly {@link latchkey.kssl2.DelegatedCredential.verify|verify} messages.
             * @param message DelegatedCredential message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.DelegatedCredential.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DelegatedCredential message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.DelegatedCredential & latchkey.kssl2.DelegatedCredential.$Shape} DelegatedCredential
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.DelegatedCredential & latchkey.kssl2.DelegatedCredential.$Shape;
        }

        namespace DelegatedCredential {

            /** Properties of a DelegatedCredential. */
            interface $Properties {

                /** DelegatedCredential certificate */
                certificate?: (Uint8Array|null);

                /** DelegatedCredential validTime */
                validTime?: (number|null);

                /** DelegatedCredential dcCertVerifyAlgorithm */
                dcCertVerifyAlgorithm?: (number|null);

                /** DelegatedCredential subjectPublicKeyInfo */
                subjectPublicKeyInfo?: (Uint8Array|null);

                /** DelegatedCredential algorithm */
                algorithm?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DelegatedCredential. */
            type $Shape = latchkey.kssl2.DelegatedCredential.$Properties;
        }

        /**
         * Properties of an Answer.
         * @deprecated Use latchkey.kssl2.Answer.$Properties instead.
         */
        interface IAnswer extends latchkey.kssl2.Answer.$Properties {
        }

        /** Represents an Answer. */
        class Answer {

            /**
             * Constructs a new Answer.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.Answer.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Answer id. */
            id: number;

            /** Answer result. */
            result?: (Uint8Array|null);

            /** Answer error. */
            error?: (latchkey.kssl2.Error.$Properties|null);

            /** Answer outcome. */
            outcome?: ("result"|"error");

            /**
             * Encodes the specified Answer message. Does not implicitly {@link latchkey.kssl2.Answer.verify|verify} messages.
             * @param message Answer message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.Answer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Answer message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.Answer & latchkey.kssl2.Answer.$Shape} Answer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.Answer & latchkey.kssl2.Answer.$Shape;
        }

        namespace Answer {

            /** Properties of an Answer. */
            interface $Properties {

                /** Answer id */
                id?: (number|null);

                /** Answer result */
                result?: (Uint8Array|null);

                /** Answer error */
                error?: (latchkey.kssl2.Error.$Properties|null);

                /** Answer outcome */
                outcome?: ("result"|"error");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of an Answer. */
            type $Shape = {
              id?: number|null;
              result?: Uint8Array|null;
              error?: latchkey.kssl2.Error.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ outcome?: undefined; result?: null; error?: null }|{ outcome?: "result"; result: Uint8Array; error?: null }|{ outcome?: "error"; result?: null; error: latchkey.kssl2.Error.$Shape })
            );
        }

        /**
         * Properties of an Error.
         * @deprecated Use latchkey.kssl2.Error.$Properties instead.
         */
        interface IError extends latchkey.kssl2.Error.$Properties {
        }

        /** Represents an Error. */
        class Error {

            /**
             * Constructs a new Error.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.Error.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Error code. */
            code: latchkey.kssl2.ErrorCode;

            /** Error retryable. */
            retryable: boolean;

            /** Error retryAfter. */
            retryAfter: number;

            /** Error reason. */
            reason: string;

            /**
             * Encodes the specified Error message. Does not implicitly {@link latchkey.kssl2.Error.verify|verify} messages.
             * @param message Error message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.Error.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Error message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.Error & latchkey.kssl2.Error.$Shape} Error
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.Error & latchkey.kssl2.Error.$Shape;
        }

        namespace Error {

            /** Properties of an Error. */
            interface $Properties {

                /** Error code */
                code?: (latchkey.kssl2.ErrorCode|null);

                /** Error retryable */
                retryable?: (boolean|null);

                /** Error retryAfter */
                retryAfter?: (number|null);

                /** Error reason */
                reason?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Error. */
            type $Shape = latchkey.kssl2.Error.$Properties;
        }

        /** ErrorCode enum. */
        enum ErrorCode {

            /** UNSPECIFIED value */
            UNSPECIFIED = 0,

            /** MALFORMED value */
            MALFORMED = 1,

            /** UNSUPPORTED value */
            UNSUPPORTED = 2,

            /** KEY_NOT_FOUND value */
            KEY_NOT_FOUND = 3,

            /** NOT_ALLOWED value */
            NOT_ALLOWED = 4,

            /** RATE_LIMITED value */
            RATE_LIMITED = 5,

            /** OVERLOADED value */
            OVERLOADED = 6,

            /** DEADLINE_EXCEEDED value */
            DEADLINE_EXCEEDED = 7,

            /** CANCELLED value */
            CANCELLED = 8,

            /** CRYPTOGRAPHY_FAILED value */
            CRYPTOGRAPHY_FAILED = 9,

            /** NOT_CONFIGURED value */
            NOT_CONFIGURED = 10,

            /** SEALING_KEY_EXPIRED value */
            SEALING_KEY_EXPIRED = 11,

            /** INTERNAL value */
            INTERNAL = 12
        }

        /**
         * Properties of a Capabilities.
         * @deprecated Use latchkey.kssl2.Capabilities.$Properties instead.
         */
        interface ICapabilities extends latchkey.kssl2.Capabilities.$Properties {
        }

        /** Represents a Capabilities. */
        class Capabilities {

            /**
             * Constructs a new Capabilities.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.Capabilities.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Capabilities operations. */
            operations: number[];

            /** Capabilities schemes. */
            schemes: number[];

            /** Capabilities maximumFrameLength. */
            maximumFrameLength: number;

            /** Capabilities maximumBatchLength. */
            maximumBatchLength: number;

            /** Capabilities maximumInFlight. */
            maximumInFlight: number;

            /**
             * Encodes the specified Capabilities message. Does not implicitly {@link latchkey.kssl2.Capabilities.verify|verify} messages.
             * @param message Capabilities message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.Capabilities.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Capabilities message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.Capabilities & latchkey.kssl2.Capabilities.$Shape} Capabilities
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.Capabilities & latchkey.kssl2.Capabilities.$Shape;
        }

        namespace Capabilities {

            /** Properties of a Capabilities. */
            interface $Properties {

                /** Capabilities operations */
                operations?: (number[]|null);

                /** Capabilities schemes */
                schemes?: (number[]|null);

                /** Capabilities maximumFrameLength */
                maximumFrameLength?: (number|null);

                /** Capabilities maximumBatchLength */
                maximumBatchLength?: (number|null);

                /** Capabilities maximumInFlight */
                maximumInFlight?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Capabilities. */
            type $Shape = latchkey.kssl2.Capabilities.$Properties;
        }

        /**
         * Properties of a Ping.
         * @deprecated Use latchkey.kssl2.Ping.$Properties instead.
         */
        interface IPing extends latchkey.kssl2.Ping.$Properties {
        }

        /** Represents a Ping. */
        class Ping {

            /**
             * Constructs a new Ping.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.Ping.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Ping payload. */
            payload: Uint8Array;

            /**
             * Encodes the specified Ping message. Does not implicitly {@link latchkey.kssl2.Ping.verify|verify} messages.
             * @param message Ping message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.Ping.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Ping message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.Ping & latchkey.kssl2.Ping.$Shape} Ping
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.Ping & latchkey.kssl2.Ping.$Shape;
        }

        namespace Ping {

            /** Properties of a Ping. */
            interface $Properties {

                /** Ping payload */
                payload?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Ping. */
            type $Shape = latchkey.kssl2.Ping.$Properties;
        }

        /**
         * Properties of a GoingAway.
         * @deprecated Use latchkey.kssl2.GoingAway.$Properties instead.
         */
        interface IGoingAway extends latchkey.kssl2.GoingAway.$Properties {
        }

        /** Represents a GoingAway. */
        class GoingAway {

            /**
             * Constructs a new GoingAway.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.GoingAway.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** GoingAway reason. */
            reason: latchkey.kssl2.GoingAwayReason;

            /**
             * Encodes the specified GoingAway message. Does not implicitly {@link latchkey.kssl2.GoingAway.verify|verify} messages.
             * @param message GoingAway message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.GoingAway.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a GoingAway message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.GoingAway & latchkey.kssl2.GoingAway.$Shape} GoingAway
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.GoingAway & latchkey.kssl2.GoingAway.$Shape;
        }

        namespace GoingAway {

            /** Properties of a GoingAway. */
            interface $Properties {

                /** GoingAway reason */
                reason?: (latchkey.kssl2.GoingAwayReason|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a GoingAway. */
            type $Shape = latchkey.kssl2.GoingAway.$Properties;
        }

        /** GoingAwayReason enum. */
        enum GoingAwayReason {

            /** UNKNOWN value */
            UNKNOWN = 0,

            /** DRAINING value */
            DRAINING = 1,

            /** PROTOCOL_ERROR value */
            PROTOCOL_ERROR = 2
        }

        /**
         * Properties of a CertificateSubscription.
         * @deprecated Use latchkey.kssl2.CertificateSubscription.$Properties instead.
         */
        interface ICertificateSubscription extends latchkey.kssl2.CertificateSubscription.$Properties {
        }

        /** Represents a CertificateSubscription. */
        class CertificateSubscription {

            /**
             * Constructs a new CertificateSubscription.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.CertificateSubscription.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** CertificateSubscription id. */
            id: number;

            /** CertificateSubscription serverNames. */
            serverNames: string[];

            /**
             * Encodes the specified CertificateSubscription message. Does not implicitly {@link latchkey.kssl2.CertificateSubscription.verify|verify} messages.
             * @param message CertificateSubscription message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.CertificateSubscription.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a CertificateSubscription message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.CertificateSubscription & latchkey.kssl2.CertificateSubscription.$Shape} CertificateSubscription
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.CertificateSubscription & latchkey.kssl2.CertificateSubscription.$Shape;
        }

        namespace CertificateSubscription {

            /** Properties of a CertificateSubscription. */
            interface $Properties {

                /** CertificateSubscription id */
                id?: (number|null);

                /** CertificateSubscription serverNames */
                serverNames?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a CertificateSubscription. */
            type $Shape = latchkey.kssl2.CertificateSubscription.$Properties;
        }

        /**
         * Properties of a Certificates.
         * @deprecated Use latchkey.kssl2.Certificates.$Properties instead.
         */
        interface ICertificates extends latchkey.kssl2.Certificates.$Properties {
        }

        /** Represents a Certificates. */
        class Certificates {

            /**
             * Constructs a new Certificates.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.Certificates.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Certificates subscription. */
            subscription: number;

            /** Certificates chains. */
            chains: latchkey.kssl2.CertificateChain.$Properties[];

            /**
             * Encodes the specified Certificates message. Does not implicitly {@link latchkey.kssl2.Certificates.verify|verify} messages.
             * @param message Certificates message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.Certificates.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Certificates message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.Certificates & latchkey.kssl2.Certificates.$Shape} Certificates
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.Certificates & latchkey.kssl2.Certificates.$Shape;
        }

        namespace Certificates {

            /** Properties of a Certificates. */
            interface $Properties {

                /** Certificates subscription */
                subscription?: (number|null);

                /** Certificates chains */
                chains?: (latchkey.kssl2.CertificateChain.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Certificates. */
            type $Shape = latchkey.kssl2.Certificates.$Properties;
        }

        /**
         * Properties of a CertificateChain.
         * @deprecated Use latchkey.kssl2.CertificateChain.$Properties instead.
         */
        interface ICertificateChain extends latchkey.kssl2.CertificateChain.$Properties {
        }

        /** Represents a CertificateChain. */
        class CertificateChain {

            /**
             * Constructs a new CertificateChain.
             * @param [properties] Properties to set
             */
            constructor(properties?: latchkey.kssl2.CertificateChain.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** CertificateChain certificates. */
            certificates: Uint8Array[];

            /**
             * Encodes the specified CertificateChain message. Does not implicitly {@link latchkey.kssl2.CertificateChain.verify|verify} messages.
             * @param message CertificateChain message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: latchkey.kssl2.CertificateChain.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a CertificateChain message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {latchkey.kssl2.CertificateChain & latchkey.kssl2.CertificateChain.$Shape} CertificateChain
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): latchkey.kssl2.CertificateChain & latchkey.kssl2.CertificateChain.$Shape;
        }

        namespace CertificateChain {

            /** Properties of a CertificateChain. */
            interface $Properties {

                /** CertificateChain certificates */
                certificates?: (Uint8Array[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a CertificateChain. */
            type $Shape = latchkey.kssl2.CertificateChain.$Properties;
        }
    }
}
