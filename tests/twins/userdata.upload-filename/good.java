package shop.files;

import java.io.IOException;
import java.nio.file.*;
import java.util.UUID;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;

@RestController
class PictureApi {
    private static final String PLACE = "/var/shop/pictures/";

    @PostMapping("/pictures")
    void keep(@RequestParam MultipartFile picture) throws IOException {
        picture.transferTo(Paths.get(PLACE + UUID.randomUUID()));
    }
}
