// Lists of values in PostgreSQL's binary form (array_recv in its arrayfuncs.c): a head with one
// dimension, then the length and the bytes of each element. Only PostgreSQL knows such lists.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/connection.h"

namespace sideband {

// The lowest `size` bytes of a number, high byte first.
void add_big_endian(std::string& out, std::uint64_t value, unsigned size);
// The head of an empty list of this kind, to which elements are appended.
std::string list_head(Param::Kind kind);
// Says how many elements follow the head.
void set_list_size(std::string& list, std::size_t elements);
// A whole bytea[], for a parameter by Param::list.
std::string byte_list(const std::vector<std::string>& values);

}  // namespace sideband
