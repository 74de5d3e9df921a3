#include <arpa/inet.h>

#include <cstring>
#include <map>

#include "conformance/answers/collection_conversation.h"
#include "conformance/answers/operation_answers.h"
#include "drivers/postgres/driver.h"
#include "support/certificates.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"

namespace sideband {
namespace {

constexpr std::size_t kPostgresSample = 40;
constexpr Duration kPostgresTime = std::chrono::milliseconds(100);

std::string big_endian(std::uint32_t number, std::size_t bytes) {
  const std::uint32_t ordered = htonl(number);
  return std::string(reinterpret_cast<const char*>(&ordered), 4).substr(4 - bytes);
}

std::string pg_message(char type, const std::string& body) {
  return type + big_endian(static_cast<std::uint32_t>(body.size() + 4), 4) + body;
}

// Where one byte of a connection's answers stands among those of all.
struct PgStream {
  std::string bytes;
  std::vector<std::size_t> places;
};

// The headers of messages with other types, lengths and counts.
// https://www.postgresql.org/docs/15/protocol-message-formats.html
class PgForgeries {
 public:
  explicit PgForgeries(const std::vector<HeardAnswer>& heard) {
    std::size_t place = 0;
    for (const HeardAnswer& piece : heard) {
      PgStream& stream = streams_[piece.connection];
      stream.bytes += piece.bytes;
      for (std::size_t i = 0; i < piece.bytes.size(); ++i) stream.places.push_back(place++);
    }
  }
  std::vector<AnswerFault> all() {
    for (const auto& [number, stream] : streams_) {
      for (std::size_t at = 0; at + 5 <= stream.bytes.size();) at = forge_message(stream, at);
    }
    return std::move(faults_);
  }

 private:
  // Where the next one begins.
  std::size_t forge_message(const PgStream& stream, std::size_t at) {
    std::uint32_t size = 0;
    std::memcpy(&size, stream.bytes.data() + at + 1, 4);
    size = ntohl(size);
    for (const char type : std::string("12ACDEGHIKNRSTVWZcdnstv?")) {
      replace(stream, at, std::string(1, type));
    }
    for (const std::uint32_t other : {0U, 3U, 4U, 5U, size - 1, size + 1, 30'001U, 0x3fffffffU,
                                      0x7fffffffU, 0x80000000U, 0xffffffffU}) {
      replace(stream, at + 1, big_endian(other, 4));
    }
    const char type = stream.bytes[at];
    if (type == 'D' || type == 'T' || type == 'H') {
      for (const std::uint32_t count : {0U, 1U, 2U, 0x7fffU, 0x8000U, 0xffffU}) {
        replace(stream, at + (type == 'H' ? 6 : 5), big_endian(count, 2));
      }
    }
    if (type == 'D' && size > 8) {
      for (const std::uint32_t length : {0U, 1U, 0x7fffffffU, 0xffffffffU, 0xfffffffeU}) {
        replace(stream, at + 7, big_endian(length, 4));
      }
    }
    return at + 1 + size;
  }
  void replace(const PgStream& stream, std::size_t at, const std::string& bytes) {
    if (at + bytes.size() > stream.bytes.size()) return;
    faults_.push_back({AnswerFault::Kind::kReplace, stream.places[at], bytes.size(), bytes});
  }

  std::map<std::size_t, PgStream> streams_;
  std::vector<AnswerFault> faults_;
};

std::vector<std::string> pg_floods() {
  const std::string text(4000, 'x');
  return {pg_message('S', std::string("a\0b\0", 4)),
          pg_message('N', std::string("SNOTICE\0Mx\0\0", 12)),
          pg_message('A', std::string("\0\0\0\1c\0p\0", 8)),
          pg_message('C', std::string("SELECT 0\0", 9)),
          pg_message('D', std::string("\0\1\0\0\0\1x", 7)),
          pg_message('D', std::string("\0\1\0\0\17\240", 6) + text),
          pg_message('d', text),
          pg_message('E', std::string("SERROR\0C42601\0Mx\0\0", 18)),
          pg_message('Z', "I"),
          std::string("\0", 1)};
}

TargetSettings postgres_target(const HostileProxy& proxy, const std::string& database,
                               Duration timeout) {
  TargetSettings target;
  target.name = "shop-db";
  target.connect = {
      {"host", "localhost"},  {"port", std::to_string(proxy.port())},
      {"dbname", database},   {"user", "sideband"},
      {"sslmode", "disable"}, {"timeout", std::to_string(timeout.count() / 1000) + "ms"}};
  target.limits.statement_timeout = timeout;
  return target;
}

class PostgresAnswers : public CollectionAnswers {
 public:
  explicit PostgresAnswers(PostgresServer& server) : server_(server) {
    client_.run(
        "create table products(id integer primary key, v bytea, at timestamptz default now());"
        "create table sideband_fence(scope text primary key, token bigint not null)");
  }
  [[nodiscard]] std::size_t sample() const override { return kPostgresSample; }
  [[nodiscard]] Duration call_time() const override { return kPostgresTime; }
  std::vector<AnswerFault> forgeries(const std::vector<HeardAnswer>& heard) override {
    return PgForgeries(heard).all();
  }
  std::vector<std::string> floods() override { return pg_floods(); }

 protected:
  std::unique_ptr<Driver> driver() override {
    return std::make_unique<PostgresDriver>(answers_context());
  }
  TargetSettings target(Duration timeout) override {
    return postgres_target(proxy(), database_, timeout);
  }
  CollectionSettings settings() override {
    CollectionSettings settings;
    settings.options = {
        {"table", "products"}, {"key", "id"}, {"fence", "sideband_fence"}, {"changedSince", "at"}};
    settings.fields = {{"v", "{v}"}};
    return settings;
  }
  State value(const std::string& /*key*/, const std::string& text) override {
    return State::of_fields({{"v", text}});
  }
  void put(const std::string& key, const std::string& text) override {
    client_.run(
        "insert into products(id, v) values($1, $2) on conflict(id) do update set v = excluded.v",
        {key, text});
  }
  std::optional<State> peek(const std::string& key) override {
    return value(key, client_.list("select v from products where id = $1", {key}).at(0));
  }

 private:
  PostgresServer& server_;
  const std::string database_ = server_.create_database();
  PostgresClient client_{server_.connection_string(database_)};
};

class PlainPostgresAnswers final : public PostgresAnswers {
 public:
  explicit PlainPostgresAnswers(PostgresServer& server)
      : PostgresAnswers(server), proxy_(server.folder() + "/.s.PGSQL." + server.port()) {}
  HostileProxy& proxy() override { return proxy_; }

 private:
  HostileProxy proxy_;
};

// A server of its own, that speaks TLS at a port.
std::unique_ptr<PostgresServer> make_tls_server() {
  std::unique_ptr<PostgresServer> server = PostgresServer::make();
  if (server == nullptr) return nullptr;
  const MadeCertificate own =
      make_certificate("localhost", answers_context().clock.wall() + std::chrono::hours(24));
  server->restart({"-c", "listen_addresses=127.0.0.1", "-c", "ssl=on", "-c",
                   "ssl_cert_file=" + server->add_file("server.crt", own.pem), "-c",
                   "ssl_key_file=" + server->add_file("server.key", own.key)});
  return server;
}

class PostgresTlsAnswers final : public PostgresAnswers {
 public:
  explicit PostgresTlsAnswers(std::unique_ptr<PostgresServer> server)
      : PostgresAnswers(*server),
        own_server_(std::move(server)),
        proxy_(std::stoi(own_server_->port())) {}
  HostileProxy& proxy() override { return proxy_; }
  [[nodiscard]] bool over_tls() const override { return true; }
  std::vector<AnswerFault> forgeries(const std::vector<HeardAnswer>&) override { return {}; }

 protected:
  TargetSettings target(Duration timeout) override {
    TargetSettings target = PostgresAnswers::target(timeout);
    target.connect["sslmode"] = "verify-full";
    target.connect["sslrootcert"] = own_server_->folder() + "/server.crt";
    return target;
  }

 private:
  std::unique_ptr<PostgresServer> own_server_;
  HostileProxy proxy_;
};

class PostgresOperationAnswers final : public OperationAnswers {
 public:
  explicit PostgresOperationAnswers(PostgresServer& server)
      : server_(server), proxy_(server.folder() + "/.s.PGSQL." + server.port()) {
    client_.run(
        "create table done(id serial primary key, n int not null check (n > 0));"
        "create table markers(key text primary key, token bigint not null, "
        "at timestamptz not null default now(), output text)");
  }
  HostileProxy& proxy() override { return proxy_; }
  [[nodiscard]] std::size_t sample() const override { return kPostgresSample; }
  [[nodiscard]] Duration call_time() const override { return kPostgresTime; }
  std::vector<AnswerFault> forgeries(const std::vector<HeardAnswer>& heard) override {
    return PgForgeries(heard).all();
  }
  std::vector<std::string> floods() override { return pg_floods(); }

 protected:
  std::unique_ptr<Driver> driver() override {
    return std::make_unique<PostgresDriver>(answers_context());
  }
  TargetSettings target(Duration timeout) override {
    return postgres_target(proxy_, database_, timeout);
  }
  std::int64_t count() override {
    return std::stoll(client_.one("select count(*)::text from done"));
  }
  DriverOptions adds() override {
    return {{"statement", "insert into done(n) values($1) returning n"},
            {"parameters", "1"},
            {"fence", "markers"},
            {"expectRows", "1"}};
  }
  DriverOptions refuses() override {
    return {{"statement", "insert into done(n) values(1), (2)"}, {"expectRows", "1"}};
  }
  DriverOptions looks() override { return {{"statement", "select false"}}; }

 private:
  PostgresServer& server_;
  const std::string database_ = server_.create_database();
  PostgresClient client_{server_.connection_string(database_)};
  HostileProxy proxy_;
};

}  // namespace

std::unique_ptr<AnswersSubject> make_postgres_answers() {
  PostgresServer* server = PostgresServer::shared();
  return server == nullptr ? nullptr : std::make_unique<PlainPostgresAnswers>(*server);
}
std::unique_ptr<AnswersSubject> make_postgres_tls_answers() {
  std::unique_ptr<PostgresServer> server = make_tls_server();
  return server == nullptr ? nullptr : std::make_unique<PostgresTlsAnswers>(std::move(server));
}
std::unique_ptr<AnswersSubject> make_postgres_operation_answers() {
  PostgresServer* server = PostgresServer::shared();
  return server == nullptr ? nullptr : std::make_unique<PostgresOperationAnswers>(*server);
}

}  // namespace sideband
