package shop;

import org.springframework.context.annotation.Bean;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

class Rules {
  @Bean
  SecurityFilterChain chain(HttpSecurity http) throws Exception {
    http.authorizeHttpRequests(each -> each.requestMatchers("/admin/**").hasRole("ADMIN").anyRequest().authenticated());
    return http.build();
  }
}

@RestController
class Members {
  @DeleteMapping("/admin/members/{id}")
  public void remove(@PathVariable Long id) {
    repository.deleteById(id);
  }

  @GetMapping("/api/admin-reports/{id}")
  @PreAuthorize("hasRole('ADMIN')")
  public Report report(@PathVariable Long id) {
    return reports.of(id);
  }
}
