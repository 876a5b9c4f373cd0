package parcels;

import org.springframework.web.bind.annotation.*;

@RestController
class Parcels {
    @GetMapping("/parcels/{number}")
    String parcel(@PathVariable long number) {
        return "parcel " + number;
    }
}
