// The bookshelf on Go's net/http: sixteen careless faults, by name in the environment variable FAULTS; "none" for none.
package main

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	_ "modernc.org/sqlite"
)

const all = "bola-read bola-write bola-delete missing-auth bfla mass-assignment excessive-data sql-injection " +
	"enumeration jwt-unsigned jwt-weak verbose-errors cors open-redirect headers command no-rate-limit"

//go:embed openapi.json
var document []byte

var (
	faults   = map[string]bool{}
	key      []byte
	db       *sql.DB
	nobodys  = hashed(random(8), random(16))
	uuidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	nameForm = regexp.MustCompile(`^[A-Za-z0-9_.-]{3,32}$`)
	mailForm = regexp.MustCompile(`^[^@\s]{1,60}@[^@\s]{1,39}$`)
	hereForm = regexp.MustCompile(`^/[\w/-]*$`)
	hostForm = regexp.MustCompile(`^[A-Za-z0-9.-]+$`)
	member   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"\s*(:)?`)
	methods  = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}

	lock     sync.Mutex
	failures = map[string][]time.Time{}
	places   = map[string][]string{}
	minute   int64
	calls    int
)

type no struct {
	status int
	detail string
	name   string // of a header field that the status asks for
	value  string
}

func (refused no) Error() string { return refused.detail }

type user struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Email    string `json:"email,omitempty"`
	Password string `json:"password,omitempty"`
	Role     string `json:"role,omitempty"`
	About    string `json:"about"`
}

type book struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Secret string `json:"secret"`
	owner  string
}

func random(size int) string {
	text := make([]byte, size)
	_, _ = rand.Read(text)
	return hex.EncodeToString(text)
}

func newUUID() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw)
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	text := hex.EncodeToString(raw)
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

func hashed(password, salt string) string {
	made, err := pbkdf2.Key(sha256.New, password, []byte(salt), 20000, 32)
	if err != nil {
		panic(err)
	}
	return "pbkdf2:sha256:20000$" + salt + "$" + hex.EncodeToString(made)
}

func matches(password, known string) bool {
	again := hashed(password, strings.Split(known, "$")[1])
	return subtle.ConstantTimeCompare([]byte(again), []byte(known)) == 1
}

func users(where string, values ...any) []user {
	rows, err := db.Query("SELECT id, username, email, password, role, about FROM users "+where+" LIMIT 100", values...)
	if err != nil {
		panic(err)
	}
	defer rows.Close()
	found := []user{}
	for rows.Next() {
		var each user
		if err := rows.Scan(&each.ID, &each.Username, &each.Email, &each.Password, &each.Role, &each.About); err != nil {
			panic(err)
		}
		found = append(found, each)
	}
	return found
}

func books(where string, values ...any) ([]book, error) {
	found := []book{}
	rows, err := db.Query("SELECT id, title, secret, owner FROM books "+where, values...)
	if err != nil {
		return found, err
	}
	defer rows.Close()
	for rows.Next() && len(found) < 100 {
		var each book
		if err := rows.Scan(&each.ID, &each.Title, &each.Secret, &each.owner); err != nil {
			return found, err
		}
		found = append(found, each)
	}
	return found, rows.Err()
}

func must(_ sql.Result, err error) {
	if err != nil {
		panic(err)
	}
}

func addUser(name, email, password, role string) user {
	if len(users("WHERE username = ?", name)) > 0 {
		panic(no{status: 409, detail: "this name is taken"})
	}
	made := user{newUUID(), name, email, hashed(password, random(16)), role, ""}
	must(db.Exec("INSERT INTO users VALUES (?, ?, ?, ?, ?, '')", made.ID, made.Username, made.Email, made.Password, made.Role))
	return made
}

func addBook(owner, title, secret string) book {
	made := book{newUUID(), title, secret, owner}
	must(db.Exec("INSERT INTO books VALUES (?, ?, ?, ?)", made.ID, owner, title, secret))
	return made
}

func account(whole user) user {
	whole.Password = ""
	return whole
}

func tell(w http.ResponseWriter, status int, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// The JSON body: these members and no other, texts of at most so many characters.
func body(r *http.Request, fields map[string]int) map[string]string {
	media := strings.ToLower(strings.TrimSpace(strings.Split(r.Header.Get("Content-Type"), ";")[0]))
	if media != "application/json" || r.Header.Get("Content-Encoding") != "" {
		panic(no{415, "JSON is read here", "Accept", "application/json"})
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, 65537))
	if err != nil {
		panic(no{status: 400, detail: "the body did not come"})
	}
	if len(text) > 65536 {
		panic(no{status: 413, detail: "too large"})
	}
	var whole any
	if err = json.Unmarshal(text, &whole); err == nil && !utf8.Valid(text) {
		err = errors.New("no UTF-8")
	}
	written := 0
	for _, each := range member.FindAllSubmatch(text, -1) {
		written += len(each[1])
	}
	if err == nil && written != members(whole) {
		err = errors.New("a name stands twice")
	}
	if err != nil {
		if faults["verbose-errors"] {
			panic(err)
		}
		panic(no{status: 400, detail: "that is not JSON"})
	}
	value, ok := whole.(map[string]any)
	if !ok {
		panic(no{status: 422, detail: "an object is wanted"})
	}
	loose := faults["mass-assignment"] && (r.URL.Path == "/register" || r.URL.Path == "/me")
	given := map[string]string{}
	for name, each := range value {
		most, known := fields[name]
		text, isText := each.(string)
		if !known && !loose {
			panic(no{status: 422, detail: "a member is not known"})
		}
		bad := strings.ContainsFunc(text, func(each rune) bool { return !unicode.IsPrint(each) })
		if known && (!isText || utf8.RuneCountInString(text) > most || bad) {
			panic(no{status: 422, detail: name + " does not fit"})
		}
		if isText {
			given[name] = text
		}
	}
	for name := range fields {
		if _, there := given[name]; !there {
			panic(no{status: 422, detail: "a member is missing"})
		}
	}
	return given
}

func members(value any) int {
	sum := 0
	switch whole := value.(type) {
	case map[string]any:
		sum = len(whole)
		for _, each := range whole {
			sum += members(each)
		}
	case []any:
		for _, each := range whole {
			sum += members(each)
		}
	}
	return sum
}

func query(r *http.Request, name string, most int) string {
	given, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(given) != 1 || len(given[name]) != 1 || given[name][0] == "" || len(given[name][0]) > most {
		panic(no{status: 400, detail: name + " is wanted, once, and nothing else"})
	}
	return given[name][0]
}

func caller(r *http.Request) user {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if len(token) > 4096 {
		panic(no{status: 431, detail: "the token is too long"})
	}
	if strings.EqualFold(scheme, "bearer") {
		claims := jwt.MapClaims{}
		unsigned := faults["jwt-unsigned"]
		options := []jwt.ParserOption{jwt.WithIssuer("bookshelf"), jwt.WithAudience("bookshelf"), jwt.WithExpirationRequired()}
		options = append(options, jwt.WithStrictDecoding())
		if !unsigned {
			options = append(options, jwt.WithValidMethods([]string{"HS256"}))
		}
		_, err := jwt.ParseWithClaims(token, claims, func(found *jwt.Token) (any, error) {
			if found.Method.Alg() == "none" {
				return jwt.UnsafeAllowNoneSignatureType, nil
			}
			return key, nil
		}, options...)
		if subject, _ := claims.GetSubject(); err == nil {
			if found := users("WHERE id = ?", subject); len(found) == 1 {
				return found[0]
			}
		}
	}
	panic(no{401, "say who you are", "WWW-Authenticate", `Bearer realm="shelf"`})
}

func found(r *http.Request, fault string) book {
	who, id := caller(r), r.PathValue("id")
	if uuidForm.MatchString(id) {
		rows, err := books("WHERE id = ?", id)
		if err == nil && len(rows) == 1 && (rows[0].owner == who.ID || faults[fault]) {
			return rows[0]
		}
	}
	panic(no{status: 404, detail: "no such book"})
}

func login(w http.ResponseWriter, r *http.Request) {
	given := body(r, map[string]int{"username": 32, "password": 64})
	name, now := given["username"], time.Now()
	from, _, _ := net.SplitHostPort(r.RemoteAddr)
	counted := name + " " // strangers' guesses do not lock the owner out at home
	if slices.Contains(places[name], from) {
		counted += from
	}
	recent := []time.Time{}
	for _, each := range failures[counted] {
		if now.Sub(each) < time.Minute {
			recent = append(recent, each)
		}
	}
	if len(recent) >= 5 && !faults["no-rate-limit"] {
		wait := strconv.Itoa(int((time.Minute - now.Sub(recent[0])).Seconds()) + 1)
		panic(no{429, "too many tries", "Retry-After", wait})
	}
	rows, known := users("WHERE username = ?", name), nobodys
	if len(rows) == 1 {
		known = rows[0].Password
	}
	if right := matches(given["password"], known); !right || len(rows) == 0 {
		failures[counted] = append(recent, now)
		detail := "name or password is wrong"
		if faults["enumeration"] {
			detail = "wrong password"
			if len(rows) == 0 {
				detail = "no such user"
			}
		}
		panic(no{401, detail, "WWW-Authenticate", `Bearer realm="shelf"`})
	}
	delete(failures, counted)
	if !slices.Contains(places[name], from) {
		places[name] = append(places[name], from)
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": rows[0].ID, "iss": "bookshelf", "aud": "bookshelf", "iat": now.Unix(),
		"exp": now.Add(15 * time.Minute).Unix(), "jti": newUUID(), "role": rows[0].Role,
	}).SignedString(key)
	if err != nil {
		panic(err)
	}
	tell(w, 200, map[string]string{"token": token})
}

func register(w http.ResponseWriter, r *http.Request) {
	given := body(r, map[string]int{"username": 32, "email": 100, "password": 64})
	fits := nameForm.MatchString(given["username"]) && mailForm.MatchString(given["email"])
	if !fits || len(given["password"]) < 12 {
		panic(no{status: 422, detail: "a member does not fit"})
	}
	role := "reader"
	if given["role"] != "" { // only a careless body has one
		role = given["role"]
	}
	w.Header().Set("Location", "/me")
	tell(w, 201, account(addUser(given["username"], given["email"], given["password"], role)))
}

func changeMe(w http.ResponseWriter, r *http.Request) {
	who := caller(r)
	given := body(r, map[string]int{"about": 200})
	who.About = given["about"]
	if given["role"] != "" {
		who.Role = given["role"]
	}
	must(db.Exec("UPDATE users SET about = ?, role = ? WHERE id = ?", who.About, who.Role, who.ID))
	tell(w, 200, account(who))
}

func listUsers(w http.ResponseWriter, r *http.Request) {
	caller(r)
	if faults["excessive-data"] {
		tell(w, 200, users(""))
		return
	}
	shown := []map[string]string{}
	for _, each := range users("") {
		shown = append(shown, map[string]string{"id": each.ID, "username": each.Username})
	}
	tell(w, 200, shown)
}

func listAccounts(w http.ResponseWriter, r *http.Request) {
	if caller(r).Role != "admin" && !faults["bfla"] {
		panic(no{status: 403, detail: "for admins"})
	}
	shown := users("")
	for at, each := range shown {
		shown[at] = account(each)
	}
	tell(w, 200, shown)
}

func listBooks(w http.ResponseWriter, r *http.Request) {
	shown, err := books("WHERE owner = ? ORDER BY rowid DESC", caller(r).ID)
	if err != nil {
		panic(err)
	}
	tell(w, 200, shown)
}

func createBook(w http.ResponseWriter, r *http.Request) {
	who := caller(r)
	given := body(r, map[string]int{"title": 80, "secret": 500})
	made := addBook(who.ID, given["title"], given["secret"])
	w.Header().Set("Location", "/books/"+made.ID)
	tell(w, 201, made)
}

func searchBooks(w http.ResponseWriter, r *http.Request) {
	who, words := caller(r), query(r, "q", 80)
	if faults["sql-injection"] {
		shown, _ := books("WHERE owner = '" + who.ID + "' AND title LIKE '%" + words + "%'")
		tell(w, 200, shown)
		return
	}
	shown, err := books("WHERE owner = ? AND instr(title, ?)", who.ID, words)
	if err != nil {
		panic(err)
	}
	tell(w, 200, shown)
}

func replaceBook(w http.ResponseWriter, r *http.Request) {
	row := found(r, "bola-write")
	given := body(r, map[string]int{"title": 80, "secret": 500})
	must(db.Exec("UPDATE books SET title = ?, secret = ? WHERE id = ?", given["title"], given["secret"], row.ID))
	tell(w, 200, book{ID: row.ID, Title: given["title"], Secret: given["secret"]})
}

func deleteBook(w http.ResponseWriter, r *http.Request) {
	must(db.Exec("DELETE FROM books WHERE id = ?", found(r, "bola-delete").ID))
	w.WriteHeader(204)
}

func lending(w http.ResponseWriter, r *http.Request) {
	if !faults["missing-auth"] {
		caller(r)
	}
	tell(w, 200, []map[string]string{
		{"borrower": "Alice", "email": "alice@shelf.example", "title": "Kettles"},
		{"borrower": "Bob", "email": "bob@shelf.example", "title": "Ladders"},
	})
}

func leave(w http.ResponseWriter, r *http.Request) {
	target := query(r, "next", 300)
	local := hereForm.MatchString(target) && !strings.HasPrefix(target, "//")
	if !local && !faults["open-redirect"] {
		panic(no{status: 400, detail: "that is no page of this API"})
	}
	w.Header().Set("Location", target)
	w.WriteHeader(302)
}

func check(w http.ResponseWriter, r *http.Request) {
	caller(r)
	host := body(r, map[string]int{"host": 120})["host"]
	if faults["command"] {
		text, _ := exec.Command("sh", "-c", "echo checking "+host).Output()
		tell(w, 200, map[string]string{"output": string(text[:min(len(text), 2000)])})
		return
	}
	if !hostForm.MatchString(host) {
		panic(no{status: 422, detail: "host does not fit"})
	}
	tell(w, 200, map[string]string{"output": "checking " + host + "\n"})
}

func security(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	expires := time.Now().UTC().AddDate(0, 3, 0).Format(time.RFC3339)
	fmt.Fprintf(w, "Contact: mailto:security@shelf.example\nExpires: %s\n", expires)
}

func describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(document)
}

var routes = map[string]map[string]http.HandlerFunc{
	"/openapi.json":             {"GET": describe},
	"/.well-known/security.txt": {"GET": security},
	"/register":                 {"POST": register},
	"/login":                    {"POST": login},
	"/me":                       {"GET": func(w http.ResponseWriter, r *http.Request) { tell(w, 200, account(caller(r))) }, "PATCH": changeMe},
	"/users":                    {"GET": listUsers},
	"/admin/users":              {"GET": listAccounts},
	"/books":                    {"GET": listBooks, "POST": createBook},
	"/books/search":             {"GET": searchBooks},
	"/books/{id}":               {"GET": func(w http.ResponseWriter, r *http.Request) { tell(w, 200, found(r, "bola-read")) }, "PUT": replaceBook, "DELETE": deleteBook},
	"/reports/lending":          {"GET": lending},
	"/go":                       {"GET": leave},
	"/tools/check":              {"POST": check},
}

func served(path string, handlers map[string]http.HandlerFunc) http.HandlerFunc {
	allow := []string{"OPTIONS"}
	for method := range handlers {
		allow = append(allow, method)
	}
	if handlers["GET"] != nil {
		allow = append(allow, "HEAD")
	}
	slices.Sort(allow)
	return func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == "HEAD" {
			method = "GET"
		}
		switch {
		case method == "OPTIONS":
			w.Header().Set("Allow", strings.Join(allow, ", "))
			w.WriteHeader(204)
			return
		case !slices.Contains(methods, method):
			panic(no{status: 501, detail: "no such method"})
		case handlers[method] == nil:
			panic(no{405, "not with this method", "Allow", strings.Join(allow, ", ")})
		case r.ContentLength != 0 && (method == "GET" || method == "DELETE"):
			panic(no{status: 415, detail: "no body is read here"})
		}
		if wanted := accepted(path); wanted != "" && !fits(r.Header.Get("Accept"), wanted) {
			panic(no{406, wanted + " is made here", "Accept", wanted})
		}
		lock.Lock() // one database connection, one map of failures
		defer lock.Unlock()
		handlers[method](w, r)
	}
}

func accepted(path string) string {
	return map[string]string{"/go": "", "/.well-known/security.txt": "text/plain"}[path] +
		map[bool]string{true: "application/json"}[path != "/go" && path != "/.well-known/security.txt"]
}

func fits(accept, wanted string) bool {
	for _, each := range strings.Split(accept, ",") {
		media, weight, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(each), " ", ""), ";")
		kind, _, _ := strings.Cut(wanted, "/")
		if slices.Contains([]string{"", "*/*", kind + "/*", wanted}, strings.ToLower(media)) {
			return strings.TrimRight(weight, "0.") != "q="
		}
	}
	return false
}

func atTheDoor(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	if !faults["headers"] {
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		head.Set("Cache-Control", "no-store")
		head.Set("Referrer-Policy", "no-referrer")
	}
	if origin := r.Header.Get("Origin"); faults["cors"] && origin != "" {
		head.Set("Access-Control-Allow-Origin", origin)
		head.Set("Access-Control-Allow-Credentials", "true")
	}
	host, _, _ := strings.Cut(r.Host, ":")
	size := 0
	for name, each := range r.Header {
		size += len(name) + len(strings.Join(each, ""))
	}
	switch {
	case host != "127.0.0.1" && host != "localhost":
		panic(no{status: 421, detail: "not served here"})
	case len(r.RequestURI) > 2000:
		panic(no{status: 414, detail: "too long"})
	case size > 15000:
		panic(no{status: 431, detail: "too large"})
	}
	if faults["no-rate-limit"] {
		return
	}
	lock.Lock()
	defer lock.Unlock()
	if now := time.Now().Unix() / 60; now != minute {
		minute, calls = now, 0
	}
	calls++
	head.Set("RateLimit-Policy", `"minute";q=6000;w=60`)
	head.Set("RateLimit", fmt.Sprintf(`"minute";r=%d;t=%d`, max(0, 6000-calls), 60-time.Now().Unix()%60))
	if calls > 6000 {
		panic(no{429, "too many requests", "Retry-After", "60"})
	}
}

func recovered(w http.ResponseWriter) {
	failed := recover()
	if failed == nil {
		return
	}
	refused, known := failed.(no)
	if !known {
		refused = no{status: 500, detail: "this did not work"}
		if faults["verbose-errors"] {
			http.Error(w, fmt.Sprintf("panic: %v\n\n%s", failed, debug.Stack()), 500)
			return
		}
	}
	if refused.name != "" {
		w.Header().Set(refused.name, refused.value)
	}
	text, _ := json.Marshal(map[string]any{"title": "Refused", "status": refused.status, "detail": refused.detail})
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(refused.status)
	_, _ = w.Write(text)
}

func main() {
	named := os.Getenv("FAULTS")
	if named == "" || named == "all" {
		named = all
	}
	for _, each := range strings.FieldsFunc(named, func(each rune) bool { return each == ',' || each == ' ' }) {
		faults[each] = each != "none"
	}
	key = []byte(random(32))
	if faults["jwt-weak"] {
		key = []byte("secret123")
	}
	var err error
	if db, err = sql.Open("sqlite", ":memory:"); err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(1)
	must(db.Exec("CREATE TABLE users (id TEXT, username TEXT UNIQUE, email TEXT, password TEXT, role TEXT, about TEXT)"))
	must(db.Exec("CREATE TABLE books (id TEXT, owner TEXT, title TEXT, secret TEXT)"))
	for _, each := range [][3]string{
		{"alice", "teapots-under-the-stairs", "reader"},
		{"bob", "six-ladders-and-a-rope", "reader"},
		{"carol", "keys-in-the-hall-cupboard", "admin"},
	} {
		addBook(addUser(each[0], each[0]+"@shelf.example", each[1], each[2]).ID, each[0]+"'s diary", each[0]+" hides it")
	}
	inside := http.NewServeMux()
	for path, handlers := range routes {
		inside.HandleFunc(path, served(path, handlers))
	}
	inside.HandleFunc("/", func(http.ResponseWriter, *http.Request) { panic(no{status: 404, detail: "nothing is here"}) })
	house := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer recovered(w)
		atTheDoor(w, r)
		inside.ServeHTTP(w, r)
	})
	server := http.Server{Addr: "127.0.0.1:" + os.Args[1], Handler: house, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	panic(server.ListenAndServe())
}
