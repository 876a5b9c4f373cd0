package shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.util.List;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@Entity
class Account {
  @Id private Long id;
  private String email;
  private String password;
}

@RestController
class Accounts {
  @GetMapping("/accounts") // BAD
  public List<Account> all() {
    return repository.findAll();
  }

  @GetMapping("/accounts/{id}") // BAD
  public ResponseEntity<Account> one(@PathVariable Long id) {
    return ResponseEntity.of(repository.findById(id));
  }
}
