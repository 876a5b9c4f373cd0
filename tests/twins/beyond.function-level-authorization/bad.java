package shop;

import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

class Rules {
  @Bean
  SecurityFilterChain chain(HttpSecurity http) throws Exception {
    http.authorizeHttpRequests(each -> each.requestMatchers("/public/**").permitAll().anyRequest().authenticated());
    return http.build();
  }
}

@RestController
class Members {
  @DeleteMapping("/admin/members/{id}") // BAD
  public void remove(@PathVariable Long id) {
    repository.deleteById(id);
  }
}
