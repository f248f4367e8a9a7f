#include "sockets/register.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace latchkey::sockets {

namespace {

// (descriptor: number, bytes: number): number, an errno or 0
Napi::Value LimitUnsentBytes(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsNumber() || !info[1].IsNumber()) {
    Napi::TypeError::New(env, "a descriptor and a number of bytes are numbers").ThrowAsJavaScriptException();
    return {};
  }
  const int descriptor = info[0].As<Napi::Number>().Int32Value();
  const int bytes = info[1].As<Napi::Number>().Int32Value();
  const int result = setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof(bytes));
  return Napi::Number::New(env, result == 0 ? 0 : errno);
}

// (descriptor: number): number, another descriptor, or an errno below zero
Napi::Value DuplicateDescriptor(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsNumber()) {
    Napi::TypeError::New(env, "a descriptor is a number").ThrowAsJavaScriptException();
    return {};
  }
  const int duplicate = fcntl(info[0].As<Napi::Number>().Int32Value(), F_DUPFD_CLOEXEC, 0);
  return Napi::Number::New(env, duplicate >= 0 ? duplicate : -errno);
}

}  // namespace

void Register(Napi::Env env, Napi::Object exports) {
  exports.Set("limitUnsentBytes", Napi::Function::New<LimitUnsentBytes>(env, "limitUnsentBytes"));
  exports.Set("duplicateDescriptor",
              Napi::Function::New<DuplicateDescriptor>(env, "duplicateDescriptor"));
}

}  // namespace latchkey::sockets
