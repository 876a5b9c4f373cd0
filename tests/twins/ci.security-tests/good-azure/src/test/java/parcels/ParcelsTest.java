package parcels;

class ParcelsTest {
    void strangerIsRefused() throws Exception {
        mvc.perform(get("/parcels/1")).andExpect(status().isUnauthorized());
    }
}
