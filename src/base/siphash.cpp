#include "base/siphash.h"

#include <endian.h>

#include <bit>
#include <cstring>

namespace sideband {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

class Sip {
 public:
  explicit Sip(const SipKey& key)
      : a_(key.low ^ 0x736f6d6570736575U),
        b_(key.high ^ 0x646f72616e646f6dU),
        c_(key.low ^ 0x6c7967656e657261U),
        d_(key.high ^ 0x7465646279746573U) {}

  void word(std::uint64_t bits) {
    d_ ^= bits;
    rounds(2);
    a_ ^= bits;
  }
  std::uint64_t finish() {
    c_ ^= 0xffU;
    rounds(4);
    return a_ ^ b_ ^ c_ ^ d_;
  }

 private:
  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      a_ += b_;
      b_ = std::rotl(b_, 13) ^ a_;
      a_ = std::rotl(a_, 32);
      c_ += d_;
      d_ = std::rotl(d_, 16) ^ c_;
      a_ += d_;
      d_ = std::rotl(d_, 21) ^ a_;
      c_ += b_;
      b_ = std::rotl(b_, 17) ^ c_;
      c_ = std::rotl(c_, 32);
    }
  }

  std::uint64_t a_, b_, c_, d_;
};

}  // namespace

std::uint64_t siphash(const SipKey& key, std::string_view bytes) {
  Sip sip(key);
  const std::uint64_t size = bytes.size();
  for (; bytes.size() >= kWord; bytes.remove_prefix(kWord)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), kWord);
    sip.word(le64toh(word));
  }
  // The last word holds what is left, and the length in its highest byte.
  std::uint64_t last = size << 56U;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    last |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  sip.word(last);
  return sip.finish();
}

}  // namespace sideband
