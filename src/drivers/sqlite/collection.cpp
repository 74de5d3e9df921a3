#include "drivers/sqlite/collection.h"

#include "base/log.h"

namespace sideband {
namespace {

// Whether this connection must not be used again.
template <class Connection>
bool is_stale(const Connection& connection, const std::string& path) {
  if (!connection.replaced()) return false;
  log(LogLevel::kWarn, "another file was put in the place of a database; it is opened anew",
      {{"path", path}});
  return true;
}

}  // namespace

SqliteCollection::SqliteCollection(SqliteCollectionOptions options, const DriverContext& context)
    : options_(std::move(options)),
      context_(context),
      changes_(options_.path, options_.source, options_.change_log, context),
      readers_(options_.idle),
      writers_(options_.idle) {}

CollectionTraits SqliteCollection::traits() const {
  CollectionTraits traits{options_.source.order, PreconditionClass::kCas, options_.fence.on,
                          options_.writable, Shape::kFields};
  traits.columns = columns_;
  traits.key_columns = options_.source.keys;
  traits.max_size = options_.source.max_size;
  traits.keys = options_.source.forms();
  traits.judges = true;
  traits.position = changes_.tells_position();
  traits.changed = traits.changes_all = changes_.tells_keys();
  return traits;
}

Result<std::unique_ptr<SqliteReader>> SqliteCollection::reader(const Deadline& deadline) {
  if (deadline.passed()) return Error::timeout("reading " + options_.path, Effect::kNone);
  const auto stale = [this](const SqliteReader& one) { return is_stale(one, options_.path); };
  if (auto idle = readers_.take_fresh(stale)) return idle;
  return SqliteReader::open(options_.path, options_.source, columns_, deadline);
}

Result<std::unique_ptr<SqliteWriter>> SqliteCollection::writer(const Deadline& deadline) {
  if (deadline.passed()) return Error::timeout("writing " + options_.path, Effect::kNone);
  const auto stale = [this](const SqliteWriter& one) { return is_stale(one, options_.path); };
  if (auto idle = writers_.take_fresh(stale)) return idle;
  return SqliteWriter::open(options_.path, options_.source, options_.fence, deadline);
}

Result<void> SqliteCollection::check(Duration timeout) {
  const Deadline deadline(context_.clock, timeout);
  SB_ASSIGN(auto reading, reader(deadline));
  columns_ = reading->columns();
  readers_.give(std::move(reading));
  if (!options_.writable) return {};
  SB_ASSIGN(auto writing, writer(deadline));
  writers_.give(std::move(writing));
  return {};
}

Result<ScanPage> SqliteCollection::scan(const ScanRequest& request) {
  const Deadline deadline(context_.clock, request.timeout);
  SB_ASSIGN(auto reading, reader(deadline));
  ScanPage page;
  SB_ASSIGN(page.items, reading->page(request.cursor, request.max_items, request.max_bytes,
                                      deadline, page.last));
  readers_.give(std::move(reading));
  if (!page.items.empty()) page.cursor = cursor_after(page.items.back().key);
  return page;
}

Result<std::vector<Item>> SqliteCollection::read(const std::vector<std::string>& keys,
                                                 Duration timeout) {
  const Deadline deadline(context_.clock, timeout);
  SB_ASSIGN(auto reading, reader(deadline));
  SB_ASSIGN(auto items, reading->rows(keys, deadline));
  readers_.give(std::move(reading));
  return items;
}

Result<std::string> SqliteCollection::position(Duration timeout) {
  if (!changes_.tells_position()) return std::string();
  return changes_.position(Deadline(context_.clock, timeout));
}

Result<Changed> SqliteCollection::changed_since(const ChangedRequest& request) {
  return changes_.tells_keys() ? changes_.since(request) : Changed{};
}

Result<std::vector<State>> SqliteCollection::kept(const std::vector<Wanted>& wanted,
                                                  Duration timeout) {
  if (!options_.writable) return Collection::kept(wanted, timeout);
  const Deadline deadline(context_.clock, timeout);
  SB_ASSIGN(auto writing, writer(deadline));
  SB_ASSIGN(auto states, writing->kept(wanted, deadline));
  writers_.give(std::move(writing));
  return states;
}

Result<std::vector<ChangeOutcome>> SqliteCollection::apply(const ApplyRequest& request) {
  if (!options_.writable) return Error::unsupported("this collection is only read");
  const Deadline deadline(context_.clock, request.timeout);
  SB_ASSIGN(auto writing, writer(deadline));
  SB_ASSIGN(auto outcomes, writing->apply(request.changes, request.token, deadline));
  writers_.give(std::move(writing));
  return outcomes;
}

}  // namespace sideband
