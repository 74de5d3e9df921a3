#include "base/bytes.h"

#include <openssl/evp.h>

#include <algorithm>

namespace sideband {

void put_hex(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const std::size_t at = out.size();
  out.resize(at + bytes.size() * 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out[at + 2 * i] = kDigits[byte >> 4U];
    out[at + 2 * i + 1] = kDigits[byte & 15U];
  }
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  put_hex(out, bytes);
  return out;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

Result<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return Error::invalid("hex text has an odd length");
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return Error::invalid("not lower-case hex");
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

Result<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return Error::invalid("base64 length is not a multiple of 4");
  std::string out(text.size() / 4 * 3 + 1, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0) return Error::invalid("not base64");
  const auto padding =
      std::count(text.end() - std::min<std::ptrdiff_t>(2, std::ssize(text)), text.end(), '=');
  out.resize(static_cast<std::size_t>(length - padding));
  if (to_base64(out) != text) return Error::invalid("not canonical base64");
  return out;
}

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80U) {
    out += static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

void put_string(std::string& out, std::string_view value) {
  put_varint(out, value.size());
  out += value;
}

Result<std::uint64_t> ByteReader::get_varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80U) return value;
  }
  return Error::corrupt("damaged number in stored bytes");
}

Result<std::string_view> ByteReader::get_bytes(std::size_t count) {
  if (count > rest_.size()) return Error::corrupt("stored bytes end too early");
  const std::string_view out = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return out;
}

Result<std::string_view> ByteReader::get_string() {
  SB_ASSIGN(const std::uint64_t length, get_varint());
  return get_bytes(length);
}

void put_time(std::string& out, WallTime time) {
  put_varint(out, static_cast<std::uint64_t>(to_us(time)));
}

Result<WallTime> ByteReader::get_time() {
  SB_ASSIGN(const std::uint64_t us, get_varint());
  return from_us(static_cast<std::int64_t>(us));
}

}  // namespace sideband
