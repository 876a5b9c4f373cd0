class EntranceController < ApplicationController
  def create
    logger.info "nobody is called #{params[:person]}" # BAD
    Rails.logger.warn("tried " + params[:person]) # BAD
    message = "From: site@example.com\r\nSubject: #{params[:topic]}\r\n\r\nThank you."
    Net::SMTP.start("mail") { |smtp| smtp.send_message(message, "site@example.com", "desk@example.com") } # BAD
    head :unauthorized
  end
end
