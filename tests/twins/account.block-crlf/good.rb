class EntranceController < ApplicationController
  def create
    logger.info "nobody is called #{params[:person].inspect}"
    logger.info "tried number #{params[:number].to_i}"
    response.headers["X-Person"] = params[:person]
    person = params[:person].gsub(/[\r\n]/, " ")
    logger.warn "left: #{person}"
    head :unauthorized
  end
end
