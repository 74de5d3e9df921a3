#include "base/sha256.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "base/bytes.h"
#include "base/check.h"

namespace sideband {
namespace {

// Fetching the algorithm costs more than hashing a small record, so each thread keeps a context.
class Context {
 public:
  Context() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    SB_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  EVP_MD_CTX* restart() {
    SB_CHECK(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
    return context_.get();
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace

Digest sha256(std::initializer_list<std::string_view> parts) {
  thread_local Context context;
  EVP_MD_CTX* hash = context.restart();
  for (const std::string_view part : parts) {
    SB_CHECK(EVP_DigestUpdate(hash, part.data(), part.size()) == 1);
  }
  Digest out{};
  SB_CHECK(EVP_DigestFinal_ex(hash, out.data(), nullptr) == 1);
  return out;
}

Digest to_digest(std::string_view bytes) {
  SB_CHECK(bytes.size() == std::tuple_size_v<Digest>);
  Digest out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

std::string to_hex(const Digest& digest) {
  return to_hex(as_bytes(digest));
}

}  // namespace sideband
