/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["latchkey-kssl2"] || ($protobuf.roots["latchkey-kssl2"] = {});

export const latchkey = $root.latchkey = (() => {

    /**
     * Namespace latchkey.
     * @exports latchkey
     * @namespace
     */
    const latchkey = {};

    latchkey.kssl2 = (function() {

        /**
         * Namespace kssl2.
         * @memberof latchkey
         * @namespace
         */
        const kssl2 = {};

        kssl2.EdgeFrame = (function() {

            /**
             * Properties of an EdgeFrame.
             * @typedef {Object} latchkey.kssl2.EdgeFrame.$Properties
             * @property {Array.<latchkey.kssl2.Request.$Properties>|null} [requests] EdgeFrame requests
             * @property {Array.<number>|null} [cancels] EdgeFrame cancels
             * @property {latchkey.kssl2.Ping.$Properties|null} [ping] EdgeFrame ping
             * @property {Array.<latchkey.kssl2.CertificateSubscription.$Properties>|null} [certificateSubscriptions] EdgeFrame certificateSubscriptions
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an EdgeFrame.
             * @memberof latchkey.kssl2
             * @interface IEdgeFrame
             * @augments latchkey.kssl2.EdgeFrame.$Properties
             * @deprecated Use latchkey.kssl2.EdgeFrame.$Properties instead.
             */

            /**
             * Shape of an EdgeFrame.
             * @typedef {{
             *   requests?: Array.<latchkey.kssl2.Request.$Shape>|null;
             *   cancels?: Array.<number>|null;
             *   ping?: latchkey.kssl2.Ping.$Shape|null;
             *   certificateSubscriptions?: Array.<latchkey.kssl2.CertificateSubscription.$Shape>|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} latchkey.kssl2.EdgeFrame.$Shape
             */

            /**
             * Constructs a new EdgeFrame.
             * @memberof latchkey.kssl2
             * @classdesc Represents an EdgeFrame.
             * @constructor
             * @param {latchkey.kssl2.EdgeFrame.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const EdgeFrame = function (properties) {
                this.requests = [];
                this.cancels = [];
                this.certificateSubscriptions = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * EdgeFrame requests.
             * @member {Array.<latchkey.kssl2.Request.$Properties>} requests
             * @memberof latchkey.kssl2.EdgeFrame
             * @instance
             */
            EdgeFrame.prototype.requests = $util.emptyArray;

            /**
             * EdgeFrame cancels.
             * @member {Array.<number>} cancels
             * @memberof latchkey.kssl2.EdgeFrame
             * @instance
             */
            EdgeFrame.prototype.cancels = $util.emptyArray;

            /**
             * EdgeFrame ping.
             * @member {latchkey.kssl2.Ping.$Properties|null|undefined} ping
             * @memberof latchkey.kssl2.EdgeFrame
             * @instance
             */
            EdgeFrame.prototype.ping = null;

            /**
             * EdgeFrame certificateSubscriptions.
             * @member {Array.<latchkey.kssl2.CertificateSubscription.$Properties>} certificateSubscriptions
             * @memberof latchkey.kssl2.EdgeFrame
             * @instance
             */
            EdgeFrame.prototype.certificateSubscriptions = $util.emptyArray;

            /**
             * Encodes the specified EdgeFrame message. Does not implicitly {@link latchkey.kssl2.EdgeFrame.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.EdgeFrame
             * @static
             * @param {latchkey.kssl2.EdgeFrame.$Properties} message EdgeFrame message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            EdgeFrame.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.requests != null && message.requests.length)
                    for (let i = 0; i < message.requests.length; ++i)
                        $root.latchkey.kssl2.Request.encode(message.requests[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.cancels != null && message.cancels.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).uint32s(message.cancels);
                if (message.ping != null && $Object.hasOwnProperty.call(message, "ping"))
                    $root.latchkey.kssl2.Ping.encode(message.ping, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.certificateSubscriptions != null && message.certificateSubscriptions.length)
                    for (let i = 0; i < message.certificateSubscriptions.length; ++i)
                        $root.latchkey.kssl2.CertificateSubscription.encode(message.certificateSubscriptions[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an EdgeFrame message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.EdgeFrame
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.EdgeFrame & latchkey.kssl2.EdgeFrame.$Shape} EdgeFrame
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            EdgeFrame.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.EdgeFrame();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.requests && message.requests.length))
                                message.requests = [];
                            message.requests.push($root.latchkey.kssl2.Request.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 2: {
                            if (wireType === 2) {
                                if (!(message.cancels && message.cancels.length))
                                    message.cancels = [];
                                reader.uint32s(message.cancels);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.cancels && message.cancels.length))
                                message.cancels = [];
                            message.cancels.push(reader.uint32());
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.ping = $root.latchkey.kssl2.Ping.decode(reader, reader.size(), $undefined, _depth + 1, message.ping);
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.certificateSubscriptions && message.certificateSubscriptions.length))
                                message.certificateSubscriptions = [];
                            message.certificateSubscriptions.push($root.latchkey.kssl2.CertificateSubscription.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return EdgeFrame;
        })();

        kssl2.KeyServerFrame = (function() {

            /**
             * Properties of a KeyServerFrame.
             * @typedef {Object} latchkey.kssl2.KeyServerFrame.$Properties
             * @property {Array.<latchkey.kssl2.Answer.$Properties>|null} [answers] KeyServerFrame answers
             * @property {latchkey.kssl2.Capabilities.$Properties|null} [capabilities] KeyServerFrame capabilities
             * @property {latchkey.kssl2.Ping.$Properties|null} [pong] KeyServerFrame pong
             * @property {latchkey.kssl2.GoingAway.$Properties|null} [goingAway] KeyServerFrame goingAway
             * @property {Array.<latchkey.kssl2.Certificates.$Properties>|null} [certificates] KeyServerFrame certificates
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a KeyServerFrame.
             * @memberof latchkey.kssl2
             * @interface IKeyServerFrame
             * @augments latchkey.kssl2.KeyServerFrame.$Properties
             * @deprecated Use latchkey.kssl2.KeyServerFrame.$Properties instead.
             */

            /**
             * Shape of a KeyServerFrame.
             * @typedef {{
             *   answers?: Array.<latchkey.kssl2.Answer.$Shape>|null;
             *   capabilities?: latchkey.kssl2.Capabilities.$Shape|null;
             *   pong?: latchkey.kssl2.Ping.$Shape|null;
             *   goingAway?: latchkey.kssl2.GoingAway.$Shape|null;
             *   certificates?: Array.<latchkey.kssl2.Certificates.$Shape>|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} latchkey.kssl2.KeyServerFrame.$Shape
             */

            /**
             * Constructs a new KeyServerFrame.
             * @memberof latchkey.kssl2
             * @classdesc Represents a KeyServerFrame.
             * @constructor
             * @param {latchkey.kssl2.KeyServerFrame.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const KeyServerFrame = function (properties) {
                this.answers = [];
                this.certificates = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * KeyServerFrame answers.
             * @member {Array.<latchkey.kssl2.Answer.$Properties>} answers
             * @memberof latchkey.kssl2.KeyServerFrame
             * @instance
             */
            KeyServerFrame.prototype.answers = $util.emptyArray;

            /**
             * KeyServerFrame capabilities.
             * @member {latchkey.kssl2.Capabilities.$Properties|null|undefined} capabilities
             * @memberof latchkey.kssl2.KeyServerFrame
             * @instance
             */
            KeyServerFrame.prototype.capabilities = null;

            /**
             * KeyServerFrame pong.
             * @member {latchkey.kssl2.Ping.$Properties|null|undefined} pong
             * @memberof latchkey.kssl2.KeyServerFrame
             * @instance
             */
            KeyServerFrame.prototype.pong = null;

            /**
             * KeyServerFrame goingAway.
             * @member {latchkey.kssl2.GoingAway.$Properties|null|undefined} goingAway
             * @memberof latchkey.kssl2.KeyServerFrame
             * @instance
             */
            KeyServerFrame.prototype.goingAway = null;

            /**
             * KeyServerFrame certificates.
             * @member {Array.<latchkey.kssl2.Certificates.$Properties>} certificates
             * @memberof latchkey.kssl2.KeyServerFrame
             * @instance
             */
            KeyServerFrame.prototype.certificates = $util.emptyArray;

            /**
             * Encodes the specified KeyServerFrame message. Does not implicitly {@link latchkey.kssl2.KeyServerFrame.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.KeyServerFrame
             * @static
             * @param {latchkey.kssl2.KeyServerFrame.$Properties} message KeyServerFrame message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            KeyServerFrame.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.answers != null && message.answers.length)
                    for (let i = 0; i < message.answers.length; ++i)
                        $root.latchkey.kssl2.Answer.encode(message.answers[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.capabilities != null && $Object.hasOwnProperty.call(message, "capabilities"))
                    $root.latchkey.kssl2.Capabilities.encode(message.capabilities, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.pong != null && $Object.hasOwnProperty.call(message, "pong"))
                    $root.latchkey.kssl2.Ping.encode(message.pong, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.goingAway != null && $Object.hasOwnProperty.call(message, "goingAway"))
                    $root.latchkey.kssl2.GoingAway.encode(message.goingAway, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.certificates != null && message.certificates.length)
                    for (let i = 0; i < message.certificates.length; ++i)
                        $root.latchkey.kssl2.Certificates.encode(message.certificates[i], writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a KeyServerFrame message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.KeyServerFrame
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.KeyServerFrame & latchkey.kssl2.KeyServerFrame.$Shape} KeyServerFrame
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            KeyServerFrame.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.KeyServerFrame();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.answers && message.answers.length))
                                message.answers = [];
                            message.answers.push($root.latchkey.kssl2.Answer.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.capabilities = $root.latchkey.kssl2.Capabilities.decode(reader, reader.size(), $undefined, _depth + 1, message.capabilities);
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.pong = $root.latchkey.kssl2.Ping.decode(reader, reader.size(), $undefined, _depth + 1, message.pong);
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.goingAway = $root.latchkey.kssl2.GoingAway.decode(reader, reader.size(), $undefined, _depth + 1, message.goingAway);
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if (!(message.certificates && message.certificates.length))
                                message.certificates = [];
                            message.certificates.push($root.latchkey.kssl2.Certificates.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return KeyServerFrame;
        })();

        kssl2.Request = (function() {

            /**
             * Properties of a Request.
             * @typedef {Object} latchkey.kssl2.Request.$Properties
             * @property {number|null} [id] Request id
             * @property {number|null} [deadline] Request deadline
             * @property {Uint8Array|null} [ski] Request ski
             * @property {string|null} [serverName] Request serverName
             * @property {Uint8Array|null} [clientAddress] Request clientAddress
             * @property {Uint8Array|null} [serverAddress] Request serverAddress
             * @property {string|null} [traceparent] Request traceparent
             * @property {string|null} [tracestate] Request tracestate
             * @property {latchkey.kssl2.CertificateVerify.$Properties|null} [certificateVerify] Request certificateVerify
             * @property {latchkey.kssl2.ServerKeyExchange.$Properties|null} [serverKeyExchange] Request serverKeyExchange
             * @property {latchkey.kssl2.EncryptedPremasterSecret.$Properties|null} [premasterSecret] Request premasterSecret
             * @property {latchkey.kssl2.DelegatedCredential.$Properties|null} [delegatedCredential] Request delegatedCredential
             * @property {Uint8Array|null} [seal] Request seal
             * @property {Uint8Array|null} [unseal] Request unseal
             * @property {"certificateVerify"|"serverKeyExchange"|"premasterSecret"|"delegatedCredential"|"seal"|"unseal"} [operation] Request operation
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Request.
             * @memberof latchkey.kssl2
             * @interface IRequest
             * @augments latchkey.kssl2.Request.$Properties
             * @deprecated Use latchkey.kssl2.Request.$Properties instead.
             */

            /**
             * Narrowed shape of a Request.
             * @typedef {{
             *   id?: number|null;
             *   deadline?: number|null;
             *   ski?: Uint8Array|null;
             *   serverName?: string|null;
             *   clientAddress?: Uint8Array|null;
             *   serverAddress?: Uint8Array|null;
             *   traceparent?: string|null;
             *   tracestate?: string|null;
             *   certificateVerify?: latchkey.kssl2.CertificateVerify.$Shape|null;
             *   serverKeyExchange?: latchkey.kssl2.ServerKeyExchange.$Shape|null;
             *   premasterSecret?: latchkey.kssl2.EncryptedPremasterSecret.$Shape|null;
             *   delegatedCredential?: latchkey.kssl2.DelegatedCredential.$Shape|null;
             *   seal?: Uint8Array|null;
             *   unseal?: Uint8Array|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ operation?: undefined; certificateVerify?: null; serverKeyExchange?: null; premasterSecret?: null; delegatedCredential?: null; seal?: null; unseal?: null }|{ operation?: "certificateVerify"; certificateVerify: latchkey.kssl2.CertificateVerify.$Shape; serverKeyExchange?: null; premasterSecret?: null; delegatedCredential?: null; seal?: null; unseal?: null }|{ operation?: "serverKeyExchange"; certificateVerify?: null; serverKeyExchange: latchkey.kssl2.ServerKeyExchange.$Shape; premasterSecret?: null; delegatedCredential?: null; seal?: null; unseal?: null }|{ operation?: "premasterSecret"; certificateVerify?: null; serverKeyExchange?: null; premasterSecret: latchkey.kssl2.EncryptedPremasterSecret.$Shape; delegatedCredential?: null; seal?: null; unseal?: null }|{ operation?: "delegatedCredential"; certificateVerify?: null; serverKeyExchange?: null; premasterSecret?: null; delegatedCredential: latchkey.kssl2.DelegatedCredential.$Shape; seal?: null; unseal?: null }|{ operation?: "seal"; certificateVerify?: null; serverKeyExchange?: null; premasterSecret?: null; delegatedCredential?: null; seal: Uint8Array; unseal?: null }|{ operation?: "unseal"; certificateVerify?: null; serverKeyExchange?: null; premasterSecret?: null; delegatedCredential?: null; seal?: null; unseal: Uint8Array })
             * )} latchkey.kssl2.Request.$Shape
             */

            /**
             * Constructs a new Request.
             * @memberof latchkey.kssl2
             * @classdesc Represents a Request.
             * @constructor
             * @param {latchkey.kssl2.Request.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Request = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Request id.
             * @member {number} id
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.id = 0;

            /**
             * Request deadline.
             * @member {number|null|undefined} deadline
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.deadline = null;

            /**
             * Request ski.
             * @member {Uint8Array} ski
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.ski = $util.newBuffer([]);

            /**
             * Request serverName.
             * @member {string} serverName
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.serverName = "";

            /**
             * Request clientAddress.
             * @member {Uint8Array} clientAddress
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.clientAddress = $util.newBuffer([]);

            /**
             * Request serverAddress.
             * @member {Uint8Array} serverAddress
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.serverAddress = $util.newBuffer([]);

            /**
             * Request traceparent.
             * @member {string} traceparent
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.traceparent = "";

            /**
             * Request tracestate.
             * @member {string} tracestate
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.tracestate = "";

            /**
             * Request certificateVerify.
             * @member {latchkey.kssl2.CertificateVerify.$Properties|null|undefined} certificateVerify
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.certificateVerify = null;

            /**
             * Request serverKeyExchange.
             * @member {latchkey.kssl2.ServerKeyExchange.$Properties|null|undefined} serverKeyExchange
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.serverKeyExchange = null;

            /**
             * Request premasterSecret.
             * @member {latchkey.kssl2.EncryptedPremasterSecret.$Properties|null|undefined} premasterSecret
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.premasterSecret = null;

            /**
             * Request delegatedCredential.
             * @member {latchkey.kssl2.DelegatedCredential.$Properties|null|undefined} delegatedCredential
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.delegatedCredential = null;

            /**
             * Request seal.
             * @member {Uint8Array|null|undefined} seal
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.seal = null;

            /**
             * Request unseal.
             * @member {Uint8Array|null|undefined} unseal
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            Request.prototype.unseal = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Request.prototype, "_deadline", {
                get: $util.oneOfGetter($oneOfFields = ["deadline"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Request operation.
             * @member {"certificateVerify"|"serverKeyExchange"|"premasterSecret"|"delegatedCredential"|"seal"|"unseal"|undefined} operation
             * @memberof latchkey.kssl2.Request
             * @instance
             */
            $Object.defineProperty(Request.prototype, "operation", {
                get: $util.oneOfGetter($oneOfFields = ["certificateVerify", "serverKeyExchange", "premasterSecret", "delegatedCredential", "seal", "unseal"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified Request message. Does not implicitly {@link latchkey.kssl2.Request.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.Request
             * @static
             * @param {latchkey.kssl2.Request.$Properties} message Request message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Request.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.id);
                if (message.deadline != null && $Object.hasOwnProperty.call(message, "deadline"))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.deadline);
                if (message.ski != null && $Object.hasOwnProperty.call(message, "ski") && message.ski.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.ski);
                if (message.serverName != null && $Object.hasOwnProperty.call(message, "serverName") && message.serverName !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.serverName);
                if (message.clientAddress != null && $Object.hasOwnProperty.call(message, "clientAddress") && message.clientAddress.length)
                    writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.clientAddress);
                if (message.serverAddress != null && $Object.hasOwnProperty.call(message, "serverAddress") && message.serverAddress.length)
                    writer.uint32(/* id 6, wireType 2 =*/50).bytes(message.serverAddress);
                if (message.traceparent != null && $Object.hasOwnProperty.call(message, "traceparent") && message.traceparent !== "")
                    writer.uint32(/* id 7, wireType 2 =*/58).string(message.traceparent);
                if (message.tracestate != null && $Object.hasOwnProperty.call(message, "tracestate") && message.tracestate !== "")
                    writer.uint32(/* id 8, wireType 2 =*/66).string(message.tracestate);
                if (message.certificateVerify != null && $Object.hasOwnProperty.call(message, "certificateVerify"))
                    $root.latchkey.kssl2.CertificateVerify.encode(message.certificateVerify, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
                if (message.serverKeyExchange != null && $Object.hasOwnProperty.call(message, "serverKeyExchange"))
                    $root.latchkey.kssl2.ServerKeyExchange.encode(message.serverKeyExchange, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.premasterSecret != null && $Object.hasOwnProperty.call(message, "premasterSecret"))
                    $root.latchkey.kssl2.EncryptedPremasterSecret.encode(message.premasterSecret, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.delegatedCredential != null && $Object.hasOwnProperty.call(message, "delegatedCredential"))
                    $root.latchkey.kssl2.DelegatedCredential.encode(message.delegatedCredential, writer.uint32(/* id 12, wireType 2 =*/98).fork(), _depth + 1).ldelim();
                if (message.seal != null && $Object.hasOwnProperty.call(message, "seal"))
                    writer.uint32(/* id 13, wireType 2 =*/106).bytes(message.seal);
                if (message.unseal != null && $Object.hasOwnProperty.call(message, "unseal"))
                    writer.uint32(/* id 14, wireType 2 =*/114).bytes(message.unseal);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Request message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.Request
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.Request & latchkey.kssl2.Request.$Shape} Request
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Request.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.Request();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            message.deadline = reader.uint32();
                            message._deadline = "deadline";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.ski = value;
                            else
                                delete message.ski;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.serverName = value;
                            else
                                delete message.serverName;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.clientAddress = value;
                            else
                                delete message.clientAddress;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.serverAddress = value;
                            else
                                delete message.serverAddress;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.traceparent = value;
                            else
                                delete message.traceparent;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.tracestate = value;
                            else
                                delete message.tracestate;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            message.certificateVerify = $root.latchkey.kssl2.CertificateVerify.decode(reader, reader.size(), $undefined, _depth + 1, message.certificateVerify);
                            message.operation = "certificateVerify";
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.serverKeyExchange = $root.latchkey.kssl2.ServerKeyExchange.decode(reader, reader.size(), $undefined, _depth + 1, message.serverKeyExchange);
                            message.operation = "serverKeyExchange";
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.premasterSecret = $root.latchkey.kssl2.EncryptedPremasterSecret.decode(reader, reader.size(), $undefined, _depth + 1, message.premasterSecret);
                            message.operation = "premasterSecret";
                            continue;
                        }
                    case 12: {
                            if (wireType !== 2)
                                break;
                            message.delegatedCredential = $root.latchkey.kssl2.DelegatedCredential.decode(reader, reader.size(), $undefined, _depth + 1, message.delegatedCredential);
                            message.operation = "delegatedCredential";
                            continue;
                        }
                    case 13: {
                            if (wireType !== 2)
                                break;
                            message.seal = reader.bytes();
                            message.operation = "seal";
                            continue;
                        }
                    case 14: {
                            if (wireType !== 2)
                                break;
                            message.unseal = reader.bytes();
                            message.operation = "unseal";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Request;
        })();

        kssl2.CertificateVerify = (function() {

            /**
             * Properties of a CertificateVerify.
             * @typedef {Object} latchkey.kssl2.CertificateVerify.$Properties
             * @property {number|null} [scheme] CertificateVerify scheme
             * @property {Uint8Array|null} [transcriptHash] CertificateVerify transcriptHash
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a CertificateVerify.
             * @memberof latchkey.kssl2
             * @interface ICertificateVerify
             * @augments latchkey.kssl2.CertificateVerify.$Properties
             * @deprecated Use latchkey.kssl2.CertificateVerify.$Properties instead.
             */

            /**
             * Shape of a CertificateVerify.
             * @typedef {latchkey.kssl2.CertificateVerify.$Properties} latchkey.kssl2.CertificateVerify.$Shape
             */

            /**
             * Constructs a new CertificateVerify.
             * @memberof latchkey.kssl2
             * @classdesc Represents a CertificateVerify.
             * @constructor
             * @param {latchkey.kssl2.CertificateVerify.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const CertificateVerify = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * CertificateVerify scheme.
             * @member {number} scheme
             * @memberof latchkey.kssl2.CertificateVerify
             * @instance
             */
            CertificateVerify.prototype.scheme = 0;

            /**
             * CertificateVerify transcriptHash.
             * @member {Uint8Array} transcriptHash
             * @memberof latchkey.kssl2.CertificateVerify
             * @instance
             */
            CertificateVerify.prototype.transcriptHash = $util.newBuffer([]);

            /**
             * Encodes the specified CertificateVerify message. Does not implicitly {@link latchkey.kssl2.CertificateVerify.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.CertificateVerify
             * @static
             * @param {latchkey.kssl2.CertificateVerify.$Properties} message CertificateVerify message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            CertificateVerify.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.scheme != null && $Object.hasOwnProperty.call(message, "scheme") && message.scheme !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.scheme);
                if (message.transcriptHash != null && $Object.hasOwnProperty.call(message, "transcriptHash") && message.transcriptHash.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.transcriptHash);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a CertificateVerify message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.CertificateVerify
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.CertificateVerify & latchkey.kssl2.CertificateVerify.$Shape} CertificateVerify
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            CertificateVerify.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.CertificateVerify();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.scheme = value;
                            else
                                delete message.scheme;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.transcriptHash = value;
                            else
                                delete message.transcriptHash;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return CertificateVerify;
        })();

        kssl2.ServerKeyExchange = (function() {

            /**
             * Properties of a ServerKeyExchange.
             * @typedef {Object} latchkey.kssl2.ServerKeyExchange.$Properties
             * @property {number|null} [scheme] ServerKeyExchange scheme
             * @property {Uint8Array|null} [clientRandom] ServerKeyExchange clientRandom
             * @property {Uint8Array|null} [serverRandom] ServerKeyExchange serverRandom
             * @property {Uint8Array|null} [parameters] ServerKeyExchange parameters
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ServerKeyExchange.
             * @memberof latchkey.kssl2
             * @interface IServerKeyExchange
             * @augments latchkey.kssl2.ServerKeyExchange.$Properties
             * @deprecated Use latchkey.kssl2.ServerKeyExchange.$Properties instead.
             */

            /**
             * Shape of a ServerKeyExchange.
             * @typedef {latchkey.kssl2.ServerKeyExchange.$Properties} latchkey.kssl2.ServerKeyExchange.$Shape
             */

            /**
             * Constructs a new ServerKeyExchange.
             * @memberof latchkey.kssl2
             * @classdesc Represents a ServerKeyExchange.
             * @constructor
             * @param {latchkey.kssl2.ServerKeyExchange.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ServerKeyExchange = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ServerKeyExchange scheme.
             * @member {number} scheme
             * @memberof latchkey.kssl2.ServerKeyExchange
             * @instance
             */
            ServerKeyExchange.prototype.scheme = 0;

            /**
             * ServerKeyExchange clientRandom.
             * @member {Uint8Array} clientRandom
             * @memberof latchkey.kssl2.ServerKeyExchange
             * @instance
             */
            ServerKeyExchange.prototype.clientRandom = $util.newBuffer([]);

            /**
             * ServerKeyExchange serverRandom.
             * @member {Uint8Array} serverRandom
             * @memberof latchkey.kssl2.ServerKeyExchange
             * @instance
             */
            ServerKeyExchange.prototype.serverRandom = $util.newBuffer([]);

            /**
             * ServerKeyExchange parameters.
             * @member {Uint8Array} parameters
             * @memberof latchkey.kssl2.ServerKeyExchange
             * @instance
             */
            ServerKeyExchange.prototype.parameters = $util.newBuffer([]);

            /**
             * Encodes the specified ServerKeyExchange message. Does not implicitly {@link latchkey.kssl2.ServerKeyExchange.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.ServerKeyExchange
             * @static
             * @param {latchkey.kssl2.ServerKeyExchange.$Properties} message ServerKeyExchange message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ServerKeyExchange.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.scheme != null && $Object.hasOwnProperty.call(message, "scheme") && message.scheme !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.scheme);
                if (message.clientRandom != null && $Object.hasOwnProperty.call(message, "clientRandom") && message.clientRandom.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.clientRandom);
                if (message.serverRandom != null && $Object.hasOwnProperty.call(message, "serverRandom") && message.serverRandom.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.serverRandom);
                if (message.parameters != null && $Object.hasOwnProperty.call(message, "parameters") && message.parameters.length)
                    writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.parameters);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ServerKeyExchange message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.ServerKeyExchange
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.ServerKeyExchange & latchkey.kssl2.ServerKeyExchange.$Shape} ServerKeyExchange
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ServerKeyExchange.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.ServerKeyExchange();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.scheme = value;
                            else
                                delete message.scheme;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.clientRandom = value;
                            else
                                delete message.clientRandom;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.serverRandom = value;
                            else
                                delete message.serverRandom;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.parameters = value;
                            else
                                delete message.parameters;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ServerKeyExchange;
        })();

        kssl2.EncryptedPremasterSecret = (function() {

            /**
             * Properties of an EncryptedPremasterSecret.
             * @typedef {Object} latchkey.kssl2.EncryptedPremasterSecret.$Properties
             * @property {Uint8Array|null} [ciphertext] EncryptedPremasterSecret ciphertext
             * @property {number|null} [clientVersion] EncryptedPremasterSecret clientVersion
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an EncryptedPremasterSecret.
             * @memberof latchkey.kssl2
             * @interface IEncryptedPremasterSecret
             * @augments latchkey.kssl2.EncryptedPremasterSecret.$Properties
             * @deprecated Use latchkey.kssl2.EncryptedPremasterSecret.$Properties instead.
             */

            /**
             * Shape of an EncryptedPremasterSecret.
             * @typedef {latchkey.kssl2.EncryptedPremasterSecret.$Properties} latchkey.kssl2.EncryptedPremasterSecret.$Shape
             */

            /**
             * Constructs a new EncryptedPremasterSecret.
             * @memberof latchkey.kssl2
             * @classdesc Represents an EncryptedPremasterSecret.
             * @constructor
             * @param {latchkey.kssl2.EncryptedPremasterSecret.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const EncryptedPremasterSecret = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * EncryptedPremasterSecret ciphertext.
             * @member {Uint8Array} ciphertext
             * @memberof latchkey.kssl2.EncryptedPremasterSecret
             * @instance
             */
            EncryptedPremasterSecret.prototype.ciphertext = $util.newBuffer([]);

            /**
             * EncryptedPremasterSecret clientVersion.
             * @member {number} clientVersion
             * @memberof latchkey.kssl2.EncryptedPremasterSecret
             * @instance
             */
            EncryptedPremasterSecret.prototype.clientVersion = 0;

            /**
             * Encodes the specified EncryptedPremasterSecret message. Does not implicitly {@link latchkey.kssl2.EncryptedPremasterSecret.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.EncryptedPremasterSecret
             * @static
             * @param {latchkey.kssl2.EncryptedPremasterSecret.$Properties} message EncryptedPremasterSecret message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            EncryptedPremasterSecret.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.ciphertext != null && $Object.hasOwnProperty.call(message, "ciphertext") && message.ciphertext.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.ciphertext);
                if (message.clientVersion != null && $Object.hasOwnProperty.call(message, "clientVersion") && message.clientVersion !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.clientVersion);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an EncryptedPremasterSecret message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.EncryptedPremasterSecret
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.EncryptedPremasterSecret & latchkey.kssl2.EncryptedPremasterSecret.$Shape} EncryptedPremasterSecret
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            EncryptedPremasterSecret.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.EncryptedPremasterSecret();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.ciphertext = value;
                            else
                                delete message.ciphertext;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.clientVersion = value;
                            else
                                delete message.clientVersion;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return EncryptedPremasterSecret;
        })();

        kssl2.DelegatedCredential = (function() {

            /**
             * Properties of a DelegatedCredential.
             * @typedef {Object} latchkey.kssl2.DelegatedCredential.$Properties
             * @property {Uint8Array|null} [certificate] DelegatedCredential certificate
             * @property {number|null} [validTime] DelegatedCredential validTime
             * @property {number|null} [dcCertVerifyAlgorithm] DelegatedCredential dcCertVerifyAlgorithm
             * @property {Uint8Array|null} [subjectPublicKeyInfo] DelegatedCredential subjectPublicKeyInfo
             * @property {number|null} [algorithm] DelegatedCredential algorithm
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a DelegatedCredential.
             * @memberof latchkey.kssl2
             * @interface IDelegatedCredential
             * @augments latchkey.kssl2.DelegatedCredential.$Properties
             * @deprecated Use latchkey.kssl2.DelegatedCredential.$Properties instead.
             */

            /**
             * Shape of a DelegatedCredential.
             * @typedef {latchkey.kssl2.DelegatedCredential.$Properties} latchkey.kssl2.DelegatedCredential.$Shape
             */

            /**
             * Constructs a new DelegatedCredential.
             * @memberof latchkey.kssl2
             * @classdesc Represents a DelegatedCredential.
             * @constructor
             * @param {latchkey.kssl2.DelegatedCredential.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const DelegatedCredential = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * DelegatedCredential certificate.
             * @member {Uint8Array} certificate
             * @memberof latchkey.kssl2.DelegatedCredential
             * @instance
             */
            DelegatedCredential.prototype.certificate = $util.newBuffer([]);

            /**
             * DelegatedCredential validTime.
             * @member {number} validTime
             * @memberof latchkey.kssl2.DelegatedCredential
             * @instance
             */
            DelegatedCredential.prototype.validTime = 0;

            /**
             * DelegatedCredential dcCertVerifyAlgorithm.
             * @member {number} dcCertVerifyAlgorithm
             * @memberof latchkey.kssl2.DelegatedCredential
             * @instance
             */
            DelegatedCredential.prototype.dcCertVerifyAlgorithm = 0;

            /**
             * DelegatedCredential subjectPublicKeyInfo.
             * @member {Uint8Array} subjectPublicKeyInfo
             * @memberof latchkey.kssl2.DelegatedCredential
             * @instance
             */
            DelegatedCredential.prototype.subjectPublicKeyInfo = $util.newBuffer([]);

            /**
             * DelegatedCredential algorithm.
             * @member {number} algorithm
             * @memberof latchkey.kssl2.DelegatedCredential
             * @instance
             */
            DelegatedCredential.prototype.algorithm = 0;

            /**
             * Encodes the specified DelegatedCredential message. Does not implicitly {@link latchkey.kssl2.DelegatedCredential.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.DelegatedCredential
             * @static
             * @param {latchkey.kssl2.DelegatedCredential.$Properties} message DelegatedCredential message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            DelegatedCredential.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.certificate != null && $Object.hasOwnProperty.call(message, "certificate") && message.certificate.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.certificate);
                if (message.validTime != null && $Object.hasOwnProperty.call(message, "validTime") && message.validTime !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.validTime);
                if (message.dcCertVerifyAlgorithm != null && $Object.hasOwnProperty.call(message, "dcCertVerifyAlgorithm") && message.dcCertVerifyAlgorithm !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.dcCertVerifyAlgorithm);
                if (message.subjectPublicKeyInfo != null && $Object.hasOwnProperty.call(message, "subjectPublicKeyInfo") && message.subjectPublicKeyInfo.length)
                    writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.subjectPublicKeyInfo);
                if (message.algorithm != null && $Object.hasOwnProperty.call(message, "algorithm") && message.algorithm !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.algorithm);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a DelegatedCredential message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.DelegatedCredential
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.DelegatedCredential & latchkey.kssl2.DelegatedCredential.$Shape} DelegatedCredential
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            DelegatedCredential.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.DelegatedCredential();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.certificate = value;
                            else
                                delete message.certificate;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.validTime = value;
                            else
                                delete message.validTime;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.dcCertVerifyAlgorithm = value;
                            else
                                delete message.dcCertVerifyAlgorithm;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.subjectPublicKeyInfo = value;
                            else
                                delete message.subjectPublicKeyInfo;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.algorithm = value;
                            else
                                delete message.algorithm;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return DelegatedCredential;
        })();

        kssl2.Answer = (function() {

            /**
             * Properties of an Answer.
             * @typedef {Object} latchkey.kssl2.Answer.$Properties
             * @property {number|null} [id] Answer id
             * @property {Uint8Array|null} [result] Answer result
             * @property {latchkey.kssl2.Error.$Properties|null} [error] Answer error
             * @property {"result"|"error"} [outcome] Answer outcome
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Answer.
             * @memberof latchkey.kssl2
             * @interface IAnswer
             * @augments latchkey.kssl2.Answer.$Properties
             * @deprecated Use latchkey.kssl2.Answer.$Properties instead.
             */

            /**
             * Narrowed shape of an Answer.
             * @typedef {{
             *   id?: number|null;
             *   result?: Uint8Array|null;
             *   error?: latchkey.kssl2.Error.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ outcome?: undefined; result?: null; error?: null }|{ outcome?: "result"; result: Uint8Array; error?: null }|{ outcome?: "error"; result?: null; error: latchkey.kssl2.Error.$Shape })
             * )} latchkey.kssl2.Answer.$Shape
             */

            /**
             * Constructs a new Answer.
             * @memberof latchkey.kssl2
             * @classdesc Represents an Answer.
             * @constructor
             * @param {latchkey.kssl2.Answer.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Answer = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Answer id.
             * @member {number} id
             * @memberof latchkey.kssl2.Answer
             * @instance
             */
            Answer.prototype.id = 0;

            /**
             * Answer result.
             * @member {Uint8Array|null|undefined} result
             * @memberof latchkey.kssl2.Answer
             * @instance
             */
            Answer.prototype.result = null;

            /**
             * Answer error.
             * @member {latchkey.kssl2.Error.$Properties|null|undefined} error
             * @memberof latchkey.kssl2.Answer
             * @instance
             */
            Answer.prototype.error = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * Answer outcome.
             * @member {"result"|"error"|undefined} outcome
             * @memberof latchkey.kssl2.Answer
             * @instance
             */
            $Object.defineProperty(Answer.prototype, "outcome", {
                get: $util.oneOfGetter($oneOfFields = ["result", "error"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified Answer message. Does not implicitly {@link latchkey.kssl2.Answer.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.Answer
             * @static
             * @param {latchkey.kssl2.Answer.$Properties} message Answer message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Answer.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.id);
                if (message.result != null && $Object.hasOwnProperty.call(message, "result"))
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.result);
                if (message.error != null && $Object.hasOwnProperty.call(message, "error"))
                    $root.latchkey.kssl2.Error.encode(message.error, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Answer message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.Answer
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.Answer & latchkey.kssl2.Answer.$Shape} Answer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Answer.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.Answer();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.result = reader.bytes();
                            message.outcome = "result";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.error = $root.latchkey.kssl2.Error.decode(reader, reader.size(), $undefined, _depth + 1, message.error);
                            message.outcome = "error";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Answer;
        })();

        kssl2.Error = (function() {

            /**
             * Properties of an Error.
             * @typedef {Object} latchkey.kssl2.Error.$Properties
             * @property {latchkey.kssl2.ErrorCode|null} [code] Error code
             * @property {boolean|null} [retryable] Error retryable
             * @property {number|null} [retryAfter] Error retryAfter
             * @property {string|null} [reason] Error reason
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Error.
             * @memberof latchkey.kssl2
             * @interface IError
             * @augments latchkey.kssl2.Error.$Properties
             * @deprecated Use latchkey.kssl2.Error.$Properties instead.
             */

            /**
             * Shape of an Error.
             * @typedef {latchkey.kssl2.Error.$Properties} latchkey.kssl2.Error.$Shape
             */

            /**
             * Constructs a new Error.
             * @memberof latchkey.kssl2
             * @classdesc Represents an Error.
             * @constructor
             * @param {latchkey.kssl2.Error.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Error = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Error code.
             * @member {latchkey.kssl2.ErrorCode} code
             * @memberof latchkey.kssl2.Error
             * @instance
             */
            Error.prototype.code = 0;

            /**
             * Error retryable.
             * @member {boolean} retryable
             * @memberof latchkey.kssl2.Error
             * @instance
             */
            Error.prototype.retryable = false;

            /**
             * Error retryAfter.
             * @member {number} retryAfter
             * @memberof latchkey.kssl2.Error
             * @instance
             */
            Error.prototype.retryAfter = 0;

            /**
             * Error reason.
             * @member {string} reason
             * @memberof latchkey.kssl2.Error
             * @instance
             */
            Error.prototype.reason = "";

            /**
             * Encodes the specified Error message. Does not implicitly {@link latchkey.kssl2.Error.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.Error
             * @static
             * @param {latchkey.kssl2.Error.$Properties} message Error message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Error.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.code);
                if (message.retryable != null && $Object.hasOwnProperty.call(message, "retryable") && message.retryable !== false)
                    writer.uint32(/* id 2, wireType 0 =*/16).bool(message.retryable);
                if (message.retryAfter != null && $Object.hasOwnProperty.call(message, "retryAfter") && message.retryAfter !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.retryAfter);
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.reason);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Error message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.Error
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.Error & latchkey.kssl2.Error.$Shape} Error
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Error.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.Error();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.code = value;
                            else
                                delete message.code;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.retryable = value;
                            else
                                delete message.retryable;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.retryAfter = value;
                            else
                                delete message.retryAfter;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Error;
        })();

        /**
         * ErrorCode enum.
         * @name latchkey.kssl2.ErrorCode
         * @enum {number}
         * @property {number} UNSPECIFIED=0 UNSPECIFIED value
         * @property {number} MALFORMED=1 MALFORMED value
         * @property {number} UNSUPPORTED=2 UNSUPPORTED value
         * @property {number} KEY_NOT_FOUND=3 KEY_NOT_FOUND value
         * @property {number} NOT_ALLOWED=4 NOT_ALLOWED value
         * @property {number} RATE_LIMITED=5 RATE_LIMITED value
         * @property {number} OVERLOADED=6 OVERLOADED value
         * @property {number} DEADLINE_EXCEEDED=7 DEADLINE_EXCEEDED value
         * @property {number} CANCELLED=8 CANCELLED value
         * @property {number} CRYPTOGRAPHY_FAILED=9 CRYPTOGRAPHY_FAILED value
         * @property {number} NOT_CONFIGURED=10 NOT_CONFIGURED value
         * @property {number} SEALING_KEY_EXPIRED=11 SEALING_KEY_EXPIRED value
         * @property {number} INTERNAL=12 INTERNAL value
         */
        kssl2.ErrorCode = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "UNSPECIFIED"] = 0;
            values[valuesById[1] = "MALFORMED"] = 1;
            values[valuesById[2] = "UNSUPPORTED"] = 2;
            values[valuesById[3] = "KEY_NOT_FOUND"] = 3;
            values[valuesById[4] = "NOT_ALLOWED"] = 4;
            values[valuesById[5] = "RATE_LIMITED"] = 5;
            values[valuesById[6] = "OVERLOADED"] = 6;
            values[valuesById[7] = "DEADLINE_EXCEEDED"] = 7;
            values[valuesById[8] = "CANCELLED"] = 8;
            values[valuesById[9] = "CRYPTOGRAPHY_FAILED"] = 9;
            values[valuesById[10] = "NOT_CONFIGURED"] = 10;
            values[valuesById[11] = "SEALING_KEY_EXPIRED"] = 11;
            values[valuesById[12] = "INTERNAL"] = 12;
            return values;
        })();

        kssl2.Capabilities = (function() {

            /**
             * Properties of a Capabilities.
             * @typedef {Object} latchkey.kssl2.Capabilities.$Properties
             * @property {Array.<number>|null} [operations] Capabilities operations
             * @property {Array.<number>|null} [schemes] Capabilities schemes
             * @property {number|null} [maximumFrameLength] Capabilities maximumFrameLength
             * @property {number|null} [maximumBatchLength] Capabilities maximumBatchLength
             * @property {number|null} [maximumInFlight] Capabilities maximumInFlight
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Capabilities.
             * @memberof latchkey.kssl2
             * @interface ICapabilities
             * @augments latchkey.kssl2.Capabilities.$Properties
             * @deprecated Use latchkey.kssl2.Capabilities.$Properties instead.
             */

            /**
             * Shape of a Capabilities.
             * @typedef {latchkey.kssl2.Capabilities.$Properties} latchkey.kssl2.Capabilities.$Shape
             */

            /**
             * Constructs a new Capabilities.
             * @memberof latchkey.kssl2
             * @classdesc Represents a Capabilities.
             * @constructor
             * @param {latchkey.kssl2.Capabilities.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Capabilities = function (properties) {
                this.operations = [];
                this.schemes = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Capabilities operations.
             * @member {Array.<number>} operations
             * @memberof latchkey.kssl2.Capabilities
             * @instance
             */
            Capabilities.prototype.operations = $util.emptyArray;

            /**
             * Capabilities schemes.
             * @member {Array.<number>} schemes
             * @memberof latchkey.kssl2.Capabilities
             * @instance
             */
            Capabilities.prototype.schemes = $util.emptyArray;

            /**
             * Capabilities maximumFrameLength.
             * @member {number} maximumFrameLength
             * @memberof latchkey.kssl2.Capabilities
             * @instance
             */
            Capabilities.prototype.maximumFrameLength = 0;

            /**
             * Capabilities maximumBatchLength.
             * @member {number} maximumBatchLength
             * @memberof latchkey.kssl2.Capabilities
             * @instance
             */
            Capabilities.prototype.maximumBatchLength = 0;

            /**
             * Capabilities maximumInFlight.
             * @member {number} maximumInFlight
             * @memberof latchkey.kssl2.Capabilities
             * @instance
             */
            Capabilities.prototype.maximumInFlight = 0;

            /**
             * Encodes the specified Capabilities message. Does not implicitly {@link latchkey.kssl2.Capabilities.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.Capabilities
             * @static
             * @param {latchkey.kssl2.Capabilities.$Properties} message Capabilities message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Capabilities.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.operations != null && message.operations.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).uint32s(message.operations);
                if (message.schemes != null && message.schemes.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).uint32s(message.schemes);
                if (message.maximumFrameLength != null && $Object.hasOwnProperty.call(message, "maximumFrameLength") && message.maximumFrameLength !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.maximumFrameLength);
                if (message.maximumBatchLength != null && $Object.hasOwnProperty.call(message, "maximumBatchLength") && message.maximumBatchLength !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.maximumBatchLength);
                if (message.maximumInFlight != null && $Object.hasOwnProperty.call(message, "maximumInFlight") && message.maximumInFlight !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.maximumInFlight);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Capabilities message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.Capabilities
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.Capabilities & latchkey.kssl2.Capabilities.$Shape} Capabilities
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Capabilities.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.Capabilities();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType === 2) {
                                if (!(message.operations && message.operations.length))
                                    message.operations = [];
                                reader.uint32s(message.operations);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.operations && message.operations.length))
                                message.operations = [];
                            message.operations.push(reader.uint32());
                            continue;
                        }
                    case 2: {
                            if (wireType === 2) {
                                if (!(message.schemes && message.schemes.length))
                                    message.schemes = [];
                                reader.uint32s(message.schemes);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.schemes && message.schemes.length))
                                message.schemes = [];
                            message.schemes.push(reader.uint32());
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.maximumFrameLength = value;
                            else
                                delete message.maximumFrameLength;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.maximumBatchLength = value;
                            else
                                delete message.maximumBatchLength;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.maximumInFlight = value;
                            else
                                delete message.maximumInFlight;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Capabilities;
        })();

        kssl2.Ping = (function() {

            /**
             * Properties of a Ping.
             * @typedef {Object} latchkey.kssl2.Ping.$Properties
             * @property {Uint8Array|null} [payload] Ping payload
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Ping.
             * @memberof latchkey.kssl2
             * @interface IPing
             * @augments latchkey.kssl2.Ping.$Properties
             * @deprecated Use latchkey.kssl2.Ping.$Properties instead.
             */

            /**
             * Shape of a Ping.
             * @typedef {latchkey.kssl2.Ping.$Properties} latchkey.kssl2.Ping.$Shape
             */

            /**
             * Constructs a new Ping.
             * @memberof latchkey.kssl2
             * @classdesc Represents a Ping.
             * @constructor
             * @param {latchkey.kssl2.Ping.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Ping = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Ping payload.
             * @member {Uint8Array} payload
             * @memberof latchkey.kssl2.Ping
             * @instance
             */
            Ping.prototype.payload = $util.newBuffer([]);

            /**
             * Encodes the specified Ping message. Does not implicitly {@link latchkey.kssl2.Ping.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.Ping
             * @static
             * @param {latchkey.kssl2.Ping.$Properties} message Ping message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Ping.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.payload != null && $Object.hasOwnProperty.call(message, "payload") && message.payload.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.payload);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Ping message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.Ping
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.Ping & latchkey.kssl2.Ping.$Shape} Ping
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Ping.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.Ping();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.payload = value;
                            else
                                delete message.payload;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Ping;
        })();

        kssl2.GoingAway = (function() {

            /**
             * Properties of a GoingAway.
             * @typedef {Object} latchkey.kssl2.GoingAway.$Properties
             * @property {latchkey.kssl2.GoingAwayReason|null} [reason] GoingAway reason
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a GoingAway.
             * @memberof latchkey.kssl2
             * @interface IGoingAway
             * @augments latchkey.kssl2.GoingAway.$Properties
             * @deprecated Use latchkey.kssl2.GoingAway.$Properties instead.
             */

            /**
             * Shape of a GoingAway.
             * @typedef {latchkey.kssl2.GoingAway.$Properties} latchkey.kssl2.GoingAway.$Shape
             */

            /**
             * Constructs a new GoingAway.
             * @memberof latchkey.kssl2
             * @classdesc Represents a GoingAway.
             * @constructor
             * @param {latchkey.kssl2.GoingAway.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const GoingAway = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * GoingAway reason.
             * @member {latchkey.kssl2.GoingAwayReason} reason
             * @memberof latchkey.kssl2.GoingAway
             * @instance
             */
            GoingAway.prototype.reason = 0;

            /**
             * Encodes the specified GoingAway message. Does not implicitly {@link latchkey.kssl2.GoingAway.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.GoingAway
             * @static
             * @param {latchkey.kssl2.GoingAway.$Properties} message GoingAway message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            GoingAway.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.reason);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a GoingAway message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.GoingAway
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.GoingAway & latchkey.kssl2.GoingAway.$Shape} GoingAway
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            GoingAway.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.GoingAway();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return GoingAway;
        })();

        /**
         * GoingAwayReason enum.
         * @name latchkey.kssl2.GoingAwayReason
         * @enum {number}
         * @property {number} UNKNOWN=0 UNKNOWN value
         * @property {number} DRAINING=1 DRAINING value
         * @property {number} PROTOCOL_ERROR=2 PROTOCOL_ERROR value
         */
        kssl2.GoingAwayReason = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "UNKNOWN"] = 0;
            values[valuesById[1] = "DRAINING"] = 1;
            values[valuesById[2] = "PROTOCOL_ERROR"] = 2;
            return values;
        })();

        kssl2.CertificateSubscription = (function() {

            /**
             * Properties of a CertificateSubscription.
             * @typedef {Object} latchkey.kssl2.CertificateSubscription.$Properties
             * @property {number|null} [id] CertificateSubscription id
             * @property {Array.<string>|null} [serverNames] CertificateSubscription serverNames
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a CertificateSubscription.
             * @memberof latchkey.kssl2
             * @interface ICertificateSubscription
             * @augments latchkey.kssl2.CertificateSubscription.$Properties
             * @deprecated Use latchkey.kssl2.CertificateSubscription.$Properties instead.
             */

            /**
             * Shape of a CertificateSubscription.
             * @typedef {latchkey.kssl2.CertificateSubscription.$Properties} latchkey.kssl2.CertificateSubscription.$Shape
             */

            /**
             * Constructs a new CertificateSubscription.
             * @memberof latchkey.kssl2
             * @classdesc Represents a CertificateSubscription.
             * @constructor
             * @param {latchkey.kssl2.CertificateSubscription.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const CertificateSubscription = function (properties) {
                this.serverNames = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * CertificateSubscription id.
             * @member {number} id
             * @memberof latchkey.kssl2.CertificateSubscription
             * @instance
             */
            CertificateSubscription.prototype.id = 0;

            /**
             * CertificateSubscription serverNames.
             * @member {Array.<string>} serverNames
             * @memberof latchkey.kssl2.CertificateSubscription
             * @instance
             */
            CertificateSubscription.prototype.serverNames = $util.emptyArray;

            /**
             * Encodes the specified CertificateSubscription message. Does not implicitly {@link latchkey.kssl2.CertificateSubscription.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.CertificateSubscription
             * @static
             * @param {latchkey.kssl2.CertificateSubscription.$Properties} message CertificateSubscription message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            CertificateSubscription.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.id);
                if (message.serverNames != null && message.serverNames.length)
                    for (let i = 0; i < message.serverNames.length; ++i)
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.serverNames[i]);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a CertificateSubscription message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.CertificateSubscription
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.CertificateSubscription & latchkey.kssl2.CertificateSubscription.$Shape} CertificateSubscription
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            CertificateSubscription.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.CertificateSubscription();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.serverNames && message.serverNames.length))
                                message.serverNames = [];
                            message.serverNames.push(reader.stringVerify());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return CertificateSubscription;
        })();

        kssl2.Certificates = (function() {

            /**
             * Properties of a Certificates.
             * @typedef {Object} latchkey.kssl2.Certificates.$Properties
             * @property {number|null} [subscription] Certificates subscription
             * @property {Array.<latchkey.kssl2.CertificateChain.$Properties>|null} [chains] Certificates chains
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Certificates.
             * @memberof latchkey.kssl2
             * @interface ICertificates
             * @augments latchkey.kssl2.Certificates.$Properties
             * @deprecated Use latchkey.kssl2.Certificates.$Properties instead.
             */

            /**
             * Shape of a Certificates.
             * @typedef {latchkey.kssl2.Certificates.$Properties} latchkey.kssl2.Certificates.$Shape
             */

            /**
             * Constructs a new Certificates.
             * @memberof latchkey.kssl2
             * @classdesc Represents a Certificates.
             * @constructor
             * @param {latchkey.kssl2.Certificates.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Certificates = function (properties) {
                this.chains = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Certificates subscription.
             * @member {number} subscription
             * @memberof latchkey.kssl2.Certificates
             * @instance
             */
            Certificates.prototype.subscription = 0;

            /**
             * Certificates chains.
             * @member {Array.<latchkey.kssl2.CertificateChain.$Properties>} chains
             * @memberof latchkey.kssl2.Certificates
             * @instance
             */
            Certificates.prototype.chains = $util.emptyArray;

            /**
             * Encodes the specified Certificates message. Does not implicitly {@link latchkey.kssl2.Certificates.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.Certificates
             * @static
             * @param {latchkey.kssl2.Certificates.$Properties} message Certificates message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Certificates.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.subscription != null && $Object.hasOwnProperty.call(message, "subscription") && message.subscription !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.subscription);
                if (message.chains != null && message.chains.length)
                    for (let i = 0; i < message.chains.length; ++i)
                        $root.latchkey.kssl2.CertificateChain.encode(message.chains[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Certificates message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.Certificates
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.Certificates & latchkey.kssl2.Certificates.$Shape} Certificates
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Certificates.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.Certificates();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.subscription = value;
                            else
                                delete message.subscription;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.chains && message.chains.length))
                                message.chains = [];
                            message.chains.push($root.latchkey.kssl2.CertificateChain.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Certificates;
        })();

        kssl2.CertificateChain = (function() {

            /**
             * Properties of a CertificateChain.
             * @typedef {Object} latchkey.kssl2.CertificateChain.$Properties
             * @property {Array.<Uint8Array>|null} [certificates] CertificateChain certificates
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a CertificateChain.
             * @memberof latchkey.kssl2
             * @interface ICertificateChain
             * @augments latchkey.kssl2.CertificateChain.$Properties
             * @deprecated Use latchkey.kssl2.CertificateChain.$Properties instead.
             */

            /**
             * Shape of a CertificateChain.
             * @typedef {latchkey.kssl2.CertificateChain.$Properties} latchkey.kssl2.CertificateChain.$Shape
             */

            /**
             * Constructs a new CertificateChain.
             * @memberof latchkey.kssl2
             * @classdesc Represents a CertificateChain.
             * @constructor
             * @param {latchkey.kssl2.CertificateChain.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const CertificateChain = function (properties) {
                this.certificates = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * CertificateChain certificates.
             * @member {Array.<Uint8Array>} certificates
             * @memberof latchkey.kssl2.CertificateChain
             * @instance
             */
            CertificateChain.prototype.certificates = $util.emptyArray;

            /**
             * Encodes the specified CertificateChain message. Does not implicitly {@link latchkey.kssl2.CertificateChain.verify|verify} messages.
             * @function encode
             * @memberof latchkey.kssl2.CertificateChain
             * @static
             * @param {latchkey.kssl2.CertificateChain.$Properties} message CertificateChain message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            CertificateChain.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.certificates != null && message.certificates.length)
                    for (let i = 0; i < message.certificates.length; ++i)
                        writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.certificates[i]);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a CertificateChain message from the specified reader or buffer.
             * @function decode
             * @memberof latchkey.kssl2.CertificateChain
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {latchkey.kssl2.CertificateChain & latchkey.kssl2.CertificateChain.$Shape} CertificateChain
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            CertificateChain.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.latchkey.kssl2.CertificateChain();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.certificates && message.certificates.length))
                                message.certificates = [];
                            message.certificates.push(reader.bytes());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return CertificateChain;
        })();

        return kssl2;
    })();

    return latchkey;
})();

export {
  $root as default
};
