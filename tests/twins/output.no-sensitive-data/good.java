package shop;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@Entity
class Account {
  @Id private Long id;
  private String email;
  @JsonIgnore private String password;
}

@Entity
class Device {
  @Id private Long id;

  @JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
  private String passwordHash;
}

class SignUp {
  private String email;
  private String password;
}

@RestController
class Accounts {
  @GetMapping("/accounts")
  public List<Account> all() {
    return repository.findAll();
  }

  @GetMapping("/devices/{id}")
  public Device one(@PathVariable Long id) {
    return devices.findById(id).orElseThrow();
  }

  @PostMapping("/accounts")
  public Account make(@RequestBody SignUp given) {
    return service.make(given);
  }
}
