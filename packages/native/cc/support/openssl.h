#ifndef LATCHKEY_SUPPORT_OPENSSL_H_
#define LATCHKEY_SUPPORT_OPENSSL_H_

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <utility>
#include <vector>

namespace latchkey {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};

template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freer<Free>>;

using BioPointer = Owned<BIO, BIO_free_all>;
using BignumContextPointer = Owned<BN_CTX, BN_CTX_free>;
using BignumPointer = Owned<BIGNUM, BN_clear_free>;
using DecoderContextPointer = Owned<OSSL_DECODER_CTX, OSSL_DECODER_CTX_free>;
using DigestContextPointer = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using DigestPointer = Owned<EVP_MD, EVP_MD_free>;
using KeyContextPointer = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using KeyPointer = Owned<EVP_PKEY, EVP_PKEY_free>;
using ParamBuilderPointer = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParamsPointer = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using SslContextPointer = Owned<SSL_CTX, SSL_CTX_free>;
using SslPointer = Owned<SSL, SSL_free>;
using X509Pointer = Owned<X509, X509_free>;

// Bytes that are wiped before their memory is given back.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(size_t size) : bytes_(size) {}
  SecretBytes(const unsigned char* data, size_t size) : bytes_(data, data + size) {}
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    wipe();
    bytes_ = std::move(other.bytes_);
    return *this;
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { wipe(); }

  unsigned char* data() { return bytes_.data(); }
  const unsigned char* data() const { return bytes_.data(); }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  void wipe() {
    if (!bytes_.empty()) OPENSSL_cleanse(bytes_.data(), bytes_.size());
  }

  std::vector<unsigned char> bytes_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SUPPORT_OPENSSL_H_
