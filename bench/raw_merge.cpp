// What two streams alone allow here: both tables by binary COPY in key order, read as they come
// and merged by key, rows compared byte by byte. Prints one JSON line. No states, no second look.
//
//   raw_merge CONNECTION DESIRED ACTUAL     two statements that yield id (int8) first
#include <endian.h>
#include <fmt/format.h>
#include <libpq-fe.h>

#include "support.h"

namespace sideband {
namespace {

constexpr int kHeaderBytes = 19;

class Side {
 public:
  Side(const char* connection, const std::string& sql) : link_(PQconnectdb(connection)) {
    if (PQstatus(link_) != CONNECTION_OK) die(PQerrorMessage(link_));
    PGresult* begun = PQexec(link_, ("copy (" + sql + ") to stdout (format binary)").c_str());
    if (PQresultStatus(begun) != PGRES_COPY_OUT) die(PQerrorMessage(link_));
    PQclear(begun);
  }
  ~Side() {
    PQfreemem(piece_);
    PQfinish(link_);
  }
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  // False at the end.
  bool next() {
    PQfreemem(piece_);
    piece_ = nullptr;
    const int size = PQgetCopyData(link_, &piece_, 0);
    if (size == -2) die(PQerrorMessage(link_));
    if (size <= 0) return false;
    row_ = {piece_, static_cast<std::size_t>(size)};
    if (row_.starts_with("PGCOPY\n")) row_.remove_prefix(kHeaderBytes);
    bytes_ += size;
    std::uint16_t fields = 0;
    std::memcpy(&fields, row_.data(), sizeof fields);
    if (fields == 0xffff) return next();
    std::uint64_t key = 0;
    std::memcpy(&key, row_.data() + 6, sizeof key);
    key_ = static_cast<std::int64_t>(be64toh(key));
    return true;
  }
  [[nodiscard]] std::int64_t key() const { return key_; }
  [[nodiscard]] std::string_view row() const { return row_; }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

 private:
  PGconn* link_;
  char* piece_ = nullptr;
  std::string_view row_;
  std::int64_t key_ = 0;
  std::int64_t bytes_ = 0;
};

int run(char** words) {
  const SystemClock clock;
  const MonoTime begun = clock.mono();
  Side desired(words[1], words[2]);
  Side actual(words[1], words[3]);
  std::int64_t missing = 0, changed = 0, extra = 0;
  bool more_desired = desired.next(), more_actual = actual.next();
  while (more_desired || more_actual) {
    const bool left = more_desired && (!more_actual || desired.key() <= actual.key());
    const bool right = more_actual && (!more_desired || actual.key() <= desired.key());
    if (left && right) changed += desired.row() == actual.row() ? 0 : 1;
    if (left && !right) ++missing;
    if (right && !left) ++extra;
    if (left) more_desired = desired.next();
    if (right) more_actual = actual.next();
  }
  const auto took = static_cast<double>((clock.mono() - begun).count()) / 1e6;
  std::cout << fmt::format(
                   R"({{"s": {:.5f}, "create": {}, "update": {}, "extras": {}, "mib": {:.1f}}})",
                   took, missing, changed, extra,
                   static_cast<double>(desired.bytes() + actual.bytes()) / (1 << 20))
            << "\n";
  return 0;
}

}  // namespace
}  // namespace sideband

int main(int argc, char** argv) {
  if (argc < 4) sideband::die("usage: raw_merge CONNECTION DESIRED ACTUAL");
  return sideband::run(argv);
}
