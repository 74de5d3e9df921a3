// Lists of values in PostgreSQL's binary form (array_recv in its arrayfuncs.c): a head with one
// dimension, then the length and the bytes of each element.
#pragma once

#include <cstdint>
#include <string>

#include "store/connection.h"

namespace sideband {

// The lowest `size` bytes of a number, high byte first.
void add_big_endian(std::string& out, std::uint64_t value, unsigned size);
// The head of an empty list of this kind, to which elements are appended.
std::string list_head(Param::Kind kind);
// Says how many elements follow the head.
void set_list_size(std::string& list, std::size_t elements);

}  // namespace sideband
