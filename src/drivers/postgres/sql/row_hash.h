// The SQL of a row's hash: a chain of PostgreSQL's own seeded hash functions
// (https://doxygen.postgresql.org/hashfunc_8c.html) over key and columns, 64 bits each.
//
// Whole numbers, booleans, timestamps and uuids are hashed as what they are, where equal values and
// equal texts are the same; everything else by the text that the driver delivers, bytea by its hex.
#pragma once

#include <string>
#include <vector>

#include "drivers/postgres/sql/source.h"

namespace sideband {

// The hash of a row of q, an int8; the seed is $1. The hash of the key starts that of the first
// column by name, and so on; which columns are NULL goes into the seed.
std::string pg_row_hash(const PgShape& shape);

// Names what is hashed and how: rows hash alike where shapes have the same name.
std::string pg_row_hash_name(const PgShape& shape);

// A statement whose one text shows whether a server hashes as another does.
std::string pg_row_hash_probe();

}  // namespace sideband
