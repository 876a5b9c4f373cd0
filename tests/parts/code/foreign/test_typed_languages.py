"""Java, Kotlin, Swift and Go are read: names by imports and types, values, requests, annotations."""

from __future__ import annotations

from foreign_code import assigned, call, module, names
from ostiary.evidence.code import OPEN, Language

SERVLET = """
    package a;
    import java.sql.*;
    import javax.xml.parsers.DocumentBuilderFactory;
    import org.springframework.web.bind.annotation.*;

    @RestController
    public class Users {
      private static final String TABLE = "users";
      private String mode = "a";
      private Connection connection;

      @GetMapping("/users/{id}")
      public String find(@PathVariable long id, @RequestParam String name) throws Exception {
        Statement st = connection.createStatement();
        st.executeQuery("SELECT * FROM " + TABLE);
        st.executeQuery("SELECT * FROM users WHERE id = " + id);
        st.executeQuery(String.format("SELECT %d, '%s'", id, name));
        StringBuilder sql = new StringBuilder("SELECT 1");
        if (name != null) {
          sql.append(" WHERE name = '").append(name).append("'");
        }
        connection.prepareStatement(sql.toString());
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(name);
        var factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("x", true);
        go(mode);
        return name;
      }

      void set(String m) { this.mode = m; }
    }
    """


def test_java_names_come_from_imports_and_declared_types() -> None:
    read = module(Language.JAVA, SERVLET)
    assert "java.sql.Connection.createStatement" in names(read)
    assert "javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder().parse" in names(read)
    assert "javax.xml.parsers.DocumentBuilderFactory.newInstance().setFeature" in names(read)


def test_java_texts_are_told_apart_by_what_fills_them() -> None:
    read = module(Language.JAVA, SERVLET)
    fixed, numbered, formatted = [each.args[0] for each in read.calls if each.name == "java.sql.Statement.executeQuery"]
    assert fixed.literal == "SELECT * FROM users"
    assert numbered.built
    assert numbered.tainted == ""
    assert numbered.parts[-1].numeric
    assert formatted.tainted == "RequestParam name"
    assert [each.numeric for each in formatted.parts] == [False, True, False]


def test_java_builders_are_followed() -> None:
    asked = call(module(Language.JAVA, SERVLET), "java.sql.Connection.prepareStatement").args[0]
    assert asked.built
    assert asked.tainted == "RequestParam name"


def test_java_fields_that_change_are_no_constants() -> None:
    read = module(Language.JAVA, SERVLET)
    assert call(read, "go").args[0].literal is OPEN
    assert assigned(read, "Users.TABLE").literal == "users"


def test_java_annotations_are_calls_of_their_function() -> None:
    read = module(Language.JAVA, SERVLET)
    find = next(each for each in read.functions if each.name == "find")
    assert (
        find.decorators[0].name == "org.springframework.web.bind.annotation.GetMapping"
        or find.decorators[0].name == "GetMapping"
    )
    assert find.decorators[0].args[0].literal == "/users/{id}"
    assert dict(find.parameters) == {"id": "long", "name": "String"}
    assert find.owner is not None
    assert find.owner.name == "Users"


def test_kotlin_is_read() -> None:
    read = module(
        Language.KOTLIN,
        """
        package a
        import java.sql.Connection
        import io.jsonwebtoken.Jwts as J
        const val KEY = "k"
        @RestController
        class Users(private val connection: Connection) : Base() {
          companion object { private const val SALT = "s" }
          @GetMapping("/u")
          fun find(@RequestParam name: String, n: Int): String {
            val sql = "SELECT '$name' ${n}"
            connection.createStatement().executeQuery(sql)
            J.builder().signWith(a = KEY).compact()
            return sql
          }
          fun short(x: String) = run("x $x")
        }
        """,
    )
    asked = call(read, "java.sql.Connection.createStatement().executeQuery").args[0]
    assert asked.tainted == "RequestParam name"
    assert [each.numeric for each in asked.parts if not each.known] == [False, True]
    assert call(read, "io.jsonwebtoken.Jwts.builder().signWith").keywords["a"].literal == "k"
    assert assigned(read, "Users.SALT").literal == "s"
    assert next(each for each in read.classes if each.name == "Users").bases == ("Base",)
    assert call(read, "run").args[0].built


def test_swift_is_read() -> None:
    read = module(
        Language.SWIFT,
        """
        import Foundation
        final class Store: NSObject {
          static let key = "k1"
          let session: URLSession
          func save(token: String) {
            UserDefaults.standard.set(token, forKey: "token")
            let text = "a\\(token)"
            session.dataTask(with: text)
            guard let url = URL(string: Store.key) else { return }
            self.go(url)
          }
        }
        """,
    )
    kept = call(read, "UserDefaults.standard.set")
    assert kept.keywords["forKey"].literal == "token"
    assert [each.name for each in kept.args] == ["token", ""]
    assert call(read, "URLSession.dataTask").args[0].built
    assert assigned(read, "Store.key").literal == "k1"
    assert call(read, "URL").args[0].literal == "k1"


def test_go_is_read_with_whole_import_paths() -> None:
    read = module(
        Language.GO,
        """
        package main
        import (
          "database/sql"
          "fmt"
          m "crypto/md5"
          "github.com/gin-gonic/gin"
          "github.com/golang-jwt/jwt/v5"
        )
        type Store struct { DB *sql.DB }
        func (s *Store) Find(c *gin.Context, id int) error {
          name := c.Query("name")
          q := fmt.Sprintf("SELECT %d '%s'", id, name)
          rows, err := s.DB.Query(q)
          s.DB.Query("SELECT $1", name)
          m.New()
          jwt.Parse(name, nil)
          t := &tls.Config{InsecureSkipVerify: true}
          return err
        }
        """,
    )
    built, bound = [each for each in read.calls if each.name == "database/sql.DB.Query"]
    assert built.args[0].tainted == "github.com/gin-gonic/gin.Context.Query"
    assert bound.args[0].known
    assert "crypto/md5.New" in names(read)
    assert "github.com/golang-jwt/jwt/v5.Parse" in names(read)
    assert call(read, "tls.Config").keywords["InsecureSkipVerify"].literal is True
