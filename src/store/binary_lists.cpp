#include "store/binary_lists.h"

namespace sideband {
namespace {

constexpr std::uint64_t kInt8 = 20, kBytea = 17;  // pg_type.oid
constexpr std::size_t kSizeAt = 12;               // after dimensions, null flag and element type

}  // namespace

void add_big_endian(std::string& out, std::uint64_t value, unsigned size) {
  for (unsigned byte = size; byte > 0; --byte) out += static_cast<char>(value >> (8 * (byte - 1)));
}

std::string list_head(Param::Kind kind) {
  std::string list;
  // One dimension, no nulls, of this type, no elements yet, counted from 1.
  for (const std::uint64_t word :
       {std::uint64_t{1}, std::uint64_t{0}, kind == Param::Kind::kIntegers ? kInt8 : kBytea,
        std::uint64_t{0}, std::uint64_t{1}}) {
    add_big_endian(list, word, 4);
  }
  return list;
}

void set_list_size(std::string& list, std::size_t elements) {
  std::string size;
  add_big_endian(size, elements, 4);
  list.replace(kSizeAt, 4, size);
}

std::string byte_list(const std::vector<std::string>& values) {
  std::string list = list_head(Param::Kind::kByteStrings);
  set_list_size(list, values.size());
  for (const std::string& value : values) {
    add_big_endian(list, value.size(), 4);
    list += value;
  }
  return list;
}

}  // namespace sideband
