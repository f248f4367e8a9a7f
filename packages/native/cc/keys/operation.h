#ifndef LATCHKEY_KEYS_OPERATION_H_
#define LATCHKEY_KEYS_OPERATION_H_

#include <cstdint>
#include <memory>

#include "keys/key.h"
#include "keys/scheme.h"
#include "support/bytes.h"

namespace latchkey::keys {

// BatchStatus in src/operation-code.ts.
enum class Status : uint32_t {
  kOk = 0,
  kFailed = 1,
  kWrongKeyType = 2,
  kBadLength = 3,
  kNoSuchKey = 4,
  kUnknownOperation = 5,
};

// One operation of a batch.
struct Operation {
  std::shared_ptr<const Key> key;
  const Scheme* scheme = nullptr;
  // A signature's payload has yet to be hashed.
  bool payload_is_message = false;
  // Of the ClientHello, for premaster secrets.
  uint16_t client_version = 0;
  ByteView payload;

  // Room for maximum_answer_length() bytes of the key.
  uint8_t* answer = nullptr;
  size_t answer_length = 0;
  // Failed until somebody knows better.
  Status status = Status::kFailed;
};

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_OPERATION_H_
