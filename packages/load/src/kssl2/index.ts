export { encodeHandshakeRequests } from './requests.js';
