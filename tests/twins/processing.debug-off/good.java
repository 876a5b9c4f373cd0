package shop;

class Errors {
    void handle(Exception error) {
        error.printStackTrace();
    }
}
