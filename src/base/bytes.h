// Text and number encodings shared by ids, hashes and stored blobs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sideband {

// Byte strings are std::string: they may hold any byte, NUL included.
std::string to_hex(std::string_view bytes);
void put_hex(std::string& out, std::string_view bytes);  // appended
Result<std::string> from_hex(std::string_view text);

// RFC 4648 base64 with padding; decoding is strict.
std::string to_base64(std::string_view bytes);
Result<std::string> from_base64(std::string_view text);

// Appends unsigned LEB128; a length-prefixed string is its length so encoded, then its bytes.
void put_varint(std::string& out, std::uint64_t value);
void put_string(std::string& out, std::string_view value);
void put_time(std::string& out, WallTime time);  // its microseconds, as a varint

// Reads what the functions above wrote, from the front of a view that it shortens.
// Every get fails on damaged input and then leaves the reader unusable.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  Result<std::uint64_t> get_varint();
  // A view into the bytes given at construction.
  Result<std::string_view> get_string();
  Result<std::string_view> get_bytes(std::size_t count);
  Result<WallTime> get_time();
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace sideband
